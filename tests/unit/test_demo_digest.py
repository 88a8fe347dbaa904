"""The judgement of the demo's digest: yes only to one mail with every change that was told, and no other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from unit.test_demo_expect import DONE, RAISED

from monitor.demo.digest import SeenDigest, judge_digest

TEXT = "a.test/1 … Pages that are failing now: 0; overdue: 0. Held back as noise: 0 changes."
DIGEST = SeenDigest(9, "sent", (1,), 2, "[DAILY] 1 change", (TEXT,))


def test_one_mail_with_all_of_it() -> None:
    judgement = judge_digest(DONE, (DIGEST, SeenDigest(10, "queued", (), 1)))
    assert judgement.ok
    assert (judgement.raised, judgement.mails) == ("1 changes, 2 notices: [DAILY] 1 change", 1)


@pytest.mark.parametrize(
    ("digests", "words"),
    [
        ((), "change 1 in the digest"),
        ((replace(DIGEST, state="queued", texts=()),), "the digest's mail"),
        ((replace(DIGEST, change_ids=()),), "change 1 in the digest"),
        ((replace(DIGEST, change_ids=(1, 2)),), "change 2 in the digest"),
        ((replace(DIGEST, texts=(TEXT, TEXT)),), "more than one mail"),
        ((DIGEST, replace(DIGEST, id=10)), "more than one mail"),
        ((replace(DIGEST, texts=("a.test/1",)),), "Held back as noise"),
        ((replace(DIGEST, texts=(TEXT.replace("a.test", "b.test"),)),), "in the digest: a.test"),
    ],
)
def test_anything_less_or_more_is_no(digests: tuple[SeenDigest, ...], words: str) -> None:
    judgement = judge_digest(DONE, digests)
    assert not judgement.ok
    assert any(words in line for line in (*judgement.missing, *judgement.unwanted))


def test_what_was_withdrawn_has_no_place_in_it() -> None:
    withdrawn = replace(DONE, changes=(replace(RAISED, state="withdrawn"),))
    assert "change 1 in the digest" in judge_digest(withdrawn, (DIGEST,)).unwanted
