"""Subject lines: at most 78 characters, the worst first, then where. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from monitor.alerts.clean import clean_header, shorten
from monitor.alerts.filters import RANK
from monitor.alerts.wording import STATUS_LABELS, STATUS_SUBJECTS, count, list_words
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
    """The subject of the mail for `contents`, clean and of at most 78 characters."""
    kind = contents.alert.kind
    if kind == "digest":
        return _digest_subject(contents)
    if kind == "status":
        return _status_subject(contents)
    groups = group_changes(contents.changes)
    if not groups:
        return _fit(f"[{kind.upper()}] nothing left to tell", _site(contents.pages))
    worst = groups[0][0]
    more = f" +{len(groups) - 1}" if len(groups) > 1 else ""
    what = f"{worst.family}/{worst.kind} {worst.direction}{more}"
    if kind == "baseline":
        return _fit(f"[BASELINE {worst.severity.upper()}] {what}", _site(contents.pages))
    pages = {change.page_id for change in contents.changes}
    where = short_url(contents.pages[0].url) if len(pages) == 1 else f"{_site(contents.pages)}, {len(pages)} pages"
    return _fit(f"[{worst.severity.upper()}] {what}", where, _languages(contents.pages))


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


def _site(pages: Sequence[MailPage]) -> str:
    hosts = list(dict.fromkeys(short_url(page.url).partition("/")[0].partition("?")[0] for page in pages))
    return list_words(hosts, 1) if hosts else ""


def _languages(pages: Sequence[MailPage]) -> str:
    languages = sorted({page.language for page in pages if page.language})
    return f" ({clean_header(','.join(languages), 12)})" if languages else ""


def _status_subject(contents: AlertContents) -> str:
    newest = max(contents.notices, key=lambda each: each.id, default=None)
    if newest is None:
        return _fit("[STATUS] nothing left to tell", "")
    page = contents.page(newest.page_id)
    label = STATUS_LABELS.get(newest.kind, newest.kind.upper())
    what = STATUS_SUBJECTS.get(newest.kind, clean_header(newest.text, 40))
    return _fit(f"[{label}] {what}", short_url(page.url), _languages([page]))


def _digest_subject(contents: AlertContents) -> str:
    label = "WEEKLY" if contents.alert.group_key == "digest:weekly" else "DAILY"
    groups = group_changes(contents.changes)
    if not groups:
        return _fit(f"[{label}] {count(len(contents.notices), 'notice')}", _site(contents.pages))
    worst = groups[0][0]
    clinics = len({page.clinic_id for page in contents.pages})
    what = f"{count(len(groups), 'change')}, worst: {worst.severity} {worst.family}/{worst.kind} {worst.direction}"
    return _fit(f"[{label}] {what}", _site(contents.pages) if clinics == 1 else count(clinics, "clinic"))


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
