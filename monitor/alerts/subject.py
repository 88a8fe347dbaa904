"""Subject lines: at most 78 characters, the worst first, then where. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from monitor.alerts.catalogue import Catalogue, catalogue
from monitor.alerts.clean import clean_header, shorten
from monitor.alerts.filters import RANK
from monitor.alerts.wording import label_change
from monitor.store.alert_contents import AlertContents, MailChange, MailPage

SUBJECT_CHARS = 78

_FAMILY_RANK = {"disclaimer": 2, "claim": 1, "price": 0}


def worst_first(changes: Sequence[MailChange]) -> list[MailChange]:
    """By severity, then disclaimers before claims before prices, what vanished first, then as found."""
    return sorted(
        changes,
        key=lambda each: (-RANK[each.severity], -_FAMILY_RANK[each.family], each.direction != "removed", each.id),
    )


def group_changes(changes: Sequence[MailChange]) -> list[list[MailChange]]:
    """The same change on several pages as one group; the worst group first."""
    groups: dict[str, list[MailChange]] = {}
    for change in worst_first(changes):
        groups.setdefault(change.fingerprint, []).append(change)
    return list(groups.values())


def make_subject(contents: AlertContents) -> str:
    """The subject of the mail for `contents`, in its language, clean and of at most 78 characters."""
    say = catalogue(contents.subscription.preferences.language)
    kind = contents.alert.kind
    if kind == "confirmation":
        return _fit(say("subject.confirm"), "")
    if kind in ("digest", "gathered"):
        return _digest_subject(say, contents)
    if kind == "status":
        return _status_subject(say, contents)
    groups = group_changes(contents.changes)
    if not groups:
        return _fit(f"[{kind.upper()}] {say('subject.nothing')}", _site(say, contents.pages))
    worst = groups[0][0]
    severity = say.word("severity", worst.severity).upper()
    more = f" +{len(groups) - 1}" if len(groups) > 1 else ""
    what = f"{label_change(say, worst)}{more}"
    if kind == "baseline":
        return _fit(f"[{say('subject.baseline')} {severity}] {what}", _site(say, contents.pages))
    pages = {change.page_id for change in contents.changes}
    site = say("subject.pages", site=_site(say, contents.pages), pages=say.count(len(pages), "page"))
    where = short_url(contents.pages[0].url) if len(pages) == 1 else site
    return _fit(f"[{severity}] {what}", where, _languages(contents.pages))


def short_url(url: str) -> str:
    """Host and path, without scheme, "www." and a last slash."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return clean_header(url)
    path = parts.path.rstrip("/") + (f"?{parts.query}" if parts.query else "")
    return clean_header(f"{host.removeprefix('www.')}{port}{path}", 400)


def _site(say: Catalogue, pages: Sequence[MailPage]) -> str:
    hosts = list(dict.fromkeys(short_url(page.url).partition("/")[0].partition("?")[0] for page in pages))
    return say.list_words(hosts, 1) if hosts else ""


def _languages(pages: Sequence[MailPage]) -> str:
    languages = sorted({page.language for page in pages if page.language})
    return f" ({clean_header(','.join(languages), 12)})" if languages else ""


def _status_subject(say: Catalogue, contents: AlertContents) -> str:
    newest = max(contents.notices, key=lambda each: each.id, default=None)
    if newest is None:
        return _fit(f"[{say('subject.status')}] {say('subject.nothing')}", "")
    page = contents.page(newest.page_id)
    label = say.word("status_label", newest.kind, newest.kind.upper())
    what = say.word("status_subject", newest.kind, clean_header(newest.text, 40) or newest.kind)
    return _fit(f"[{label}] {what}", short_url(page.url), _languages([page]))


def _digest_subject(say: Catalogue, contents: AlertContents) -> str:
    kinds = {"digest:weekly": "weekly", "gathered": "gathered"}
    label = say(f"subject.{kinds.get(contents.alert.group_key, 'daily')}")
    groups = group_changes(contents.changes)
    if not groups and not contents.notices:
        return _fit(f"[{label}] {say('subject.quiet')}", "")
    if not groups:
        return _fit(f"[{label}] {say.count(len(contents.notices), 'notice')}", _site(say, contents.pages))
    worst = groups[0][0]
    clinics = len({page.clinic_id for page in contents.pages})
    worst_words = f"{say.word('severity', worst.severity)} {label_change(say, worst)}"
    what = say("subject.worst", changes=say.count(len(groups), "change"), what=worst_words)
    return _fit(f"[{label}] {what}", _site(say, contents.pages) if clinics == 1 else say.count(clinics, "clinic"))


def _fit(what: str, where: str, end: str = "") -> str:
    """Cut the middle of `where` so that the whole is short enough: the host and the end of a path say the most."""
    head = clean_header(what, SUBJECT_CHARS)
    room = SUBJECT_CHARS - len(head) - len(" | ") - len(end)
    if not where or room < 8:
        return shorten(head + end if not where else f"{head} | {where}{end}", SUBJECT_CHARS)
    if len(where) > room:
        front = min(len(where.partition("/")[0]) + 1, max(room - 8, 4))
        where = f"{where[:front]}…{where[-(room - front - 1) :]}" if room - front > 4 else shorten(where, room)
    return f"{head} | {where}{end}"
