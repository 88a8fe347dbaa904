"""The demo's digest: who else gets mails, and whether the one mail at the end says all of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from monitor.demo.edits import Edit
from monitor.demo.expect import MAILED, Expectation, Facts, Judgement

READER: Final = "digest@demo.localhost"
KIND: Final = "digest"


@dataclass(frozen=True, slots=True)
class SeenDigest:
    """A digest in the outbox: what stands in it, and the texts of the mails that came with its Message-ID."""

    id: int
    state: str
    change_ids: tuple[int, ...]
    notices: int
    subject: str = ""
    texts: tuple[str, ...] = ()


def digest_row(expected: str = "every change in one mail, by clinic, the worst first, with what was held back") -> Edit:
    """The digest's line in the table: nothing is edited, so no judgement of an edit is asked for."""
    from_now = "the daily digest of a second reader, due at 07:00 and asked for now (alerts retry)"
    return Edit(KIND, from_now, "", (), lambda state: state, Expectation(expected))


def judge_digest(facts: Facts, digests: tuple[SeenDigest, ...]) -> Judgement:
    """Hold the digests against all that happened: each change that is told stands in the one that was sent, and no
    other; its mail came once, names every page and says how the watch went."""
    sent = [each for each in digests if each.texts]
    told = {change for each in sent for change in each.change_ids}
    mailed = {change.id: change for change in facts.changes if change.state in MAILED}
    missing = [f"change {id_} in the digest" for id_ in sorted(mailed.keys() - told)]
    unwanted = [f"change {id_} in the digest" for id_ in sorted(told - mailed.keys())]
    if not sent:
        missing.append("the digest's mail")
    if len(sent) > 1 or any(len(each.texts) > 1 for each in sent):
        unwanted.append("more than one mail with a digest")
    for each in sent:
        missing += [f"in the digest: {words}" for words in _wanted_words(facts) if words not in each.texts[0]]
    raised = "; ".join(f"{len(each.change_ids)} changes, {each.notices} notices: {each.subject}" for each in sent)
    return Judgement(
        tuple(missing), tuple(unwanted), raised or "nothing", "–", sum(len(each.texts) for each in digests)
    )


def _wanted_words(facts: Facts) -> list[str]:
    hosts = {change.url.partition("//")[2].partition("/")[0] for change in facts.changes if change.state in MAILED}
    return [*sorted(hosts), "Held back as noise:", "Pages that are failing now:"]
