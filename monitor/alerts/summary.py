"""What a mail says of itself as a whole: its first line, its remark, and the figures of a digest. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.alerts.catalogue import Catalogue
from monitor.alerts.clean import clean_line, quote_text
from monitor.alerts.subject import short_url
from monitor.alerts.wording import describe_change, describe_period
from monitor.store.alert_contents import AlertContents, MailChange
from monitor.store.alert_figures import PeriodFigures


def describe_status(say: Catalogue, kind: str) -> str:
    return say.word("status", kind, clean_line(kind, 40))


def describe_lead(say: Catalogue, contents: AlertContents, groups: Sequence[Sequence[MailChange]]) -> str:
    clinics = list(dict.fromkeys(quote_text(page.clinic_name, 100) for page in contents.pages))
    who = say.list_words(clinics) or say("lead.brand")
    if contents.alert.kind in ("digest", "gathered"):
        return _digest_lead(say, contents, groups)
    if contents.alert.kind == "status" and contents.notices:
        newest = max(contents.notices, key=lambda each: each.id)
        page = short_url(contents.page(newest.page_id).url)
        return say("lead.status", who=who, page=page, what=describe_status(say, newest.kind))
    if not groups:
        return say("lead.nothing", who=who)
    pages = {change.page_id for change in contents.changes}
    where = short_url(contents.pages[0].url)
    if len(pages) > 1:
        where = say("lead.of_site", pages=say.count(len(pages), "page"), site=where.partition("/")[0])
    if contents.alert.kind == "baseline":
        return say("lead.baseline", who=who, where=where, told=say.count(len(groups), "statement"))
    what = describe_change(say, groups[0][0])
    if len(groups) == 1:
        return say("lead.change", who=who, where=where, what=what)
    more = say.count(len(groups) - 1, "more_change")
    return say("lead.change_and", who=who, where=where, what=what, more=more)


def _digest_lead(say: Catalogue, contents: AlertContents, groups: Sequence[Sequence[MailChange]]) -> str:
    told = [say.count(len(groups), "change")] if groups else []
    told += [say.count(len(contents.notices), "notice")] if contents.notices else []
    if not told:
        return say("lead.quiet")
    clinics = say.count(len({page.clinic_id for page in contents.pages}), "clinic")
    pages = say.count(len(contents.pages), "page")
    return say("lead.digest", told=say.list_words(told), pages=pages, clinics=clinics)


def describe_remark(say: Catalogue, contents: AlertContents) -> str:
    changes = contents.changes
    if contents.alert.kind == "gathered":
        return say("remark.gathered")
    if changes and all(each.state == "unrepeated" for each in changes):
        return say("remark.unrepeated")
    return say("remark.baseline") if any(each.old.kind == "baseline" for each in changes) else ""


def describe_figures(say: Catalogue, figures: PeriodFigures | None) -> str:
    if figures is None:
        return ""
    seen = say(
        "figures.seen",
        period=describe_period(say, figures.until - figures.since),
        visits=say.count(figures.visits, "visit"),
        pages=say.count(figures.pages, "page"),
        failed=figures.failed_visits,
        failing=figures.failing_pages,
        overdue=figures.overdue_pages,
    )
    held = say(
        "figures.held",
        withdrawn=say.count(figures.withdrawn, "change"),
        flickering=figures.flickering,
        known=say.count(figures.held, "place_known"),
    )
    confirmed = say("figures.confirmed", confirmed=say.count(figures.confirmed, "change"))
    return " ".join(filter(None, (seen, _failing(say, figures), confirmed, held)))


def _failing(say: Catalogue, figures: PeriodFigures) -> str:
    """The pages that fail, by name; "" where none does."""
    if not figures.failing:
        return ""
    named = [f"{short_url(each.url)} ({each.reason or each.outcome})" for each in figures.failing]
    if (more := figures.failing_pages - len(named)) > 0:
        named.append(say("mail.and_more", n=more))
    return say("figures.failing", pages=", ".join(named))


def describe_chain(say: Catalogue, figures: PeriodFigures | None) -> str:
    """How long the chain of records was, and what its last link hashes to."""
    if figures is None or not figures.records:
        return ""
    return say("figures.chain", number=figures.records, sha256=figures.head_sha256)
