"""What a look leaves in the page's own row: the episode, its standing, its validators, and when to come again.

Steps of the transaction in `monitor.ingest`; what is decided is decided by `monitor.episodes` and `monitor.cadence`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from crawler.outcomes import Outcome
from crawler.types import Headers, Result
from monitor.cadence import NextVisit, VisitState, plan_next
from monitor.episodes import GOOD, Episode, Standing, StandingRules, next_episode, next_standing
from monitor.identity import ACCEPTED_WORDS, HELD
from monitor.looks import Settlement
from monitor.prepare import CRASHES
from monitor.settling import FoundChange, Step
from monitor.store.captures import NOT_RENDERED, RenderedBodies
from monitor.store.visits import PageAfterVisit, PageForVisit, SnapshotForVisit, clean_text, list_last_outcomes
from monitor.types import NoticeKind

_NOTHING = Settlement()
NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class Written:
    """What the steps have written so far: ids, and the page's pointers."""

    visit_id: int
    capture_id: int | None = None
    body_sha256: bytes | None = None
    rendered: RenderedBodies = NOT_RENDERED
    snapshot_id: int | None = None
    snapshot_number: int | None = None
    is_new_snapshot: bool = False
    settled_snapshot_id: int | None = None
    changes: tuple[FoundChange, ...] = ()
    settlement: Settlement = _NOTHING
    unrepeated: tuple[int, ...] = ()
    pending: int = 0
    siblings: int = 0
    notices: tuple[int, ...] = ()


def accepted_notice(step: Step) -> list[tuple[str, str]]:
    """The notice of a look that was held until now, and is believed with this one."""
    reading = step.prepared.reading
    if reading is None or reading.accepted is None or step.result.outcome is not Outcome.OK:
        return []
    looks = f"{step.page.failures + 1} looks in a row"
    return [(NoticeKind.ACCEPTED, f"{ACCEPTED_WORDS[reading.accepted.reason]}, as {looks} say: it is the page now")]


def standing_of(step: Step) -> Standing:
    """What this look says of moves and certificates."""
    page, schedule = step.page, step.config.schedule
    before = Standing(page.moved_to, page.moved_looks, page.certificate_ending, page.certificate_looks)
    rules = StandingRules(
        schedule.looks_before_moved, schedule.failures_before_notice, schedule.certificate_notice_days
    )
    return next_standing(before, step.result, step.now, rules)


def episode_of(step: Step) -> Episode:
    """What this look makes of bad visits in a row."""
    page, result = step.page, step.result
    threshold = step.config.schedule.failures_before_notice
    trailing = 0
    if result.outcome not in GOOD:
        last = list_last_outcomes(step.connection, page.id, threshold)[1:]  # the first is this visit
        same = itertools.takewhile(lambda one: one[0] == str(result.outcome), last)
        trailing = sum(1 for _ in same)
    return next_episode(
        page.failures, page.episode_outcome, result.outcome, result.reason, trailing=trailing, threshold=threshold
    )


def next_visit_of(step: Step, written: Written, episode: Episode) -> NextVisit:
    """When to come again, and why."""
    page, schedule = step.page, step.config.schedule
    held = step.result.reason in HELD and episode.failures <= schedule.looks_before_accepting
    state = VisitState(
        page_id=page.id,
        visits=page.visits + 1,
        failures=episode.failures,
        cadence_s=page.cadence_s or schedule.cadence_s,
        unconfirmed=written.pending > 0 or held,
        unsettled_looks=page.unsettled_looks if not episode.failures else 0,
        retry_after_s=step.result.retry_after_s,
    )
    return plan_next(step.now, state, schedule)


def page_after(
    step: Step, written: Written, episode: Episode, standing: Standing, planned: NextVisit
) -> PageAfterVisit:
    """The page's row as it is after this look."""
    page, result = step.page, step.result
    good = result.outcome in GOOD
    crashed = result.reason in CRASHES
    etag, last_modified, validators_url = _validators(page, result)
    return PageAfterVisit(
        visits=page.visits + 1,
        failures=episode.failures,
        episode_outcome=episode.reported,
        etag=etag,
        last_modified=last_modified,
        validators_url=validators_url,
        moved_to=standing.moved_to,
        moved_looks=standing.moved_looks,
        certificate_ending=standing.certificate_ending,
        certificate_looks=standing.certificate_looks,
        capture_id=written.capture_id if good else page.capture_id,
        snapshot_id=written.snapshot_id if good else _id_of(page.newest),
        settled_snapshot_id=written.settled_snapshot_id,
        unsettled_looks=_unsettled(page, written, good=good),
        second_look_failures=page.second_look_failures + 1 if not good and written.pending else 0,
        extract_crashes=page.extract_crashes + 1 if crashed else (0 if good else page.extract_crashes),
        next_visit_at=planned.at,
        next_purpose=planned.purpose,
    )


def _unsettled(page: PageForVisit, written: Written, *, good: bool) -> int:
    """Looks in a row that left something pending; a bad look says nothing."""
    if not written.pending:
        return 0
    return page.unsettled_looks + 1 if good else page.unsettled_looks


def _validators(page: PageForVisit, result: Result) -> tuple[bytes | None, bytes | None, str | None]:
    """ETag, Last-Modified and the URL that gave them, for the next look.

    A 304 may repeat them or not; a page that came without any has none from now on: old ones are another text's.
    """
    if result.outcome not in GOOD:
        return page.etag, page.last_modified, page.validators_url
    headers, is_304 = result.exchange.response_headers, result.exchange.status == NOT_MODIFIED
    etag = _header(headers, b"etag", page.etag if is_304 else None)
    last_modified = _header(headers, b"last-modified", page.last_modified if is_304 else None)
    return etag, last_modified, clean_text(result.exchange.final_url)


def _header(headers: Headers, name: bytes, default: bytes | None) -> bytes | None:
    return next((value for key, value in headers if key.lower() == name), default)


def _id_of(snapshot: SnapshotForVisit | None) -> int | None:
    return None if snapshot is None else snapshot.id
