"""The one transaction of a look: visit, capture, snapshot, changes, alerts, and the link of the chain.

    fence held? ─► visit ─► body, capture ─► snapshot, ledger ─► pending changes settled ─► outbox ─► page ─► record
                                                                                                     (chain lock last)

Everything or nothing: a worker that was killed, or lost its lease, leaves no trace. What is decided is decided by
`monitor.looks`, `monitor.episodes` and `monitor.schedule.cadence`'s rules; here the calls are put in order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine

from crawler.outcomes import Outcome, outcome_of
from crawler.types import Result
from monitor.alerts.plan import queue_notices
from monitor.cadence import NextVisit
from monitor.config import Config
from monitor.evidence.chain import visit_record
from monitor.learning import count_noise, learn
from monitor.looks import LookRules
from monitor.page_state import Written, accepted_notice, episode_of, next_visit_of, page_after, standing_of
from monitor.prepare import DerivedText, Prepared, Reading
from monitor.settling import (
    FoundChange,
    Step,
    agree,
    bring_siblings,
    give_up,
    reconcile,
    record_added,
    record_notices,
    settle,
)
from monitor.store.bodies import put_body
from monitor.store.captures import NOT_RENDERED, RenderedBodies, record_capture
from monitor.store.leases import HostClaim, hold_fence, postpone_host
from monitor.store.ledger import update_ledger
from monitor.store.notices import record_notice
from monitor.store.passages import update_passages
from monitor.store.records import append_record
from monitor.store.visits import (
    PageForVisit,
    SnapshotText,
    link_visit,
    next_snapshot_number,
    record_page,
    record_snapshot,
    record_visit,
    rewrite_snapshot_text,
)
from monitor.text.stored import decode_page_text
from monitor.types import NoticeKind


@dataclass(frozen=True, slots=True)
class LookReport:
    """What one look brought, for people and logs.

    `changes` are those that this look saw for the first time, with their ids and states; `confirmed`, `withdrawn` and
    `unrepeated` are ids of changes that it settled (ids of `changes` among them where one look is enough).
    `pending` counts what waits for the next look.
    """

    page_id: int
    url: str
    visit_id: int
    purpose: str
    outcome: Outcome
    reason: str | None
    detail: str
    http_status: int | None
    final_url: str
    duration_s: float
    next_visit_at: datetime
    next_purpose: str
    snapshot_id: int | None = None
    snapshot_number: int | None = None
    is_new_snapshot: bool = False
    changes: tuple[FoundChange, ...] = ()
    confirmed: tuple[int, ...] = ()
    withdrawn: tuple[int, ...] = ()
    unrepeated: tuple[int, ...] = ()
    notices: tuple[int, ...] = ()
    siblings: int = 0
    pending: int = 0


def record_look(
    engine: Engine,
    config: Config,
    page: PageForVisit,
    result: Result,
    prepared: Prepared,
    *,
    purpose: str,
    lease: HostClaim,
    now: datetime | None = None,
    looks_needed: int | None = None,
) -> LookReport:
    """Write one look, whole or not at all, and say what it brought.

    `page` and `prepared` were read under `lease`. `now` is the database's time unless given; `looks_needed` overrules
    the configured number of looks that must agree. Raises LeaseLostError where the host is another worker's now.
    """
    rules = LookRules(looks_needed or config.schedule.looks, config.schedule.max_flicker_looks)
    judged = judge_result(result, prepared)
    with engine.begin() as connection:
        held_at = hold_fence(connection, lease)
        step = Step(connection, config, page, judged, prepared, purpose, now or held_at, rules)
        if judged.outcome is Outcome.UNCHANGED:
            return _finish(step, _record_same(step))
        if prepared.reading is not None and judged.outcome is Outcome.OK:
            return _finish(step, _record_good(step, prepared.reading))
        return _finish(step, _record_bad(step))


def judge_result(result: Result, prepared: Prepared) -> Result:
    """The crawler's result with what was seen in the text: same bytes, a wall, not readable."""
    if prepared.same_bytes:
        return replace(result, outcome=Outcome.UNCHANGED, reason=None)
    if prepared.failure is not None and result.outcome is Outcome.OK:
        reason, detail = prepared.failure.reason, prepared.failure.detail
        return replace(result, outcome=outcome_of(reason), reason=reason, detail=detail or result.detail)
    if prepared.reading is not None and (verdict := prepared.reading.verdict) is not None:
        return replace(result, outcome=verdict.outcome, reason=verdict.reason, signals=verdict.signals)
    return result


def _record_same(step: Step) -> Written:
    """The page as it was: one row, and one more look that agrees with the newest snapshot."""
    page = step.page
    newest = page.newest
    if newest is None:
        raise ValueError(f"{page.url}: unchanged since nothing")
    visit_id = record_visit(step.connection, page.id, step.purpose, step.result, newest.id)
    written = Written(visit_id, page.capture_id, snapshot_id=newest.id, snapshot_number=newest.number)
    return _agree(step, written)


def _record_good(step: Step, reading: Reading) -> Written:
    """The page, in other bytes: a capture, and a new version where the compared text differs."""
    connection, page = step.connection, step.page
    same = page.newest if reading.same_text else None
    visit_id = record_visit(connection, page.id, step.purpose, step.result, same.id if same else None)
    body = put_body(connection, step.result.exchange.body, page.body_sha256)
    rendered = _store_rendered(step, with_picture=same is None)
    capture_id = record_capture(connection, page.id, visit_id, step.result, body, rendered=rendered)
    _rewrite_derived(step, reading)
    written = Written(visit_id, capture_id, body, rendered=rendered)
    if same is not None:
        link_visit(connection, visit_id, capture_id, same.id, count_noise(step, reading))
        return _agree(step, replace(written, snapshot_id=same.id, snapshot_number=same.number))
    return _record_version(step, reading, written)


def _agree(step: Step, written: Written) -> Written:
    page = step.page
    if not page.pending or page.settled is None:
        return replace(written, settled_snapshot_id=written.snapshot_id)
    settlement = agree(step, written.visit_id)
    return replace(
        written,
        settlement=settlement,
        settled_snapshot_id=page.settled.id if settlement.still_pending else written.snapshot_id,
        pending=settlement.still_pending,
    )


def _record_version(step: Step, reading: Reading, written: Written) -> Written:
    """Another compared text: the next snapshot, what differs, and what stands in it."""
    connection, page = step.connection, step.page
    derived = reading.text
    if derived is None or written.capture_id is None:
        raise ValueError(f"{page.url}: a version needs a text and a capture")
    seen_at = step.result.exchange.started_at
    number = next_snapshot_number(connection, page.id)
    snapshot_id = record_snapshot(
        connection, page.id, number, _store_text(step, derived), created_at=seen_at, capture_id=written.capture_id
    )
    link_visit(connection, written.visit_id, written.capture_id, snapshot_id, count_noise(step, reading))
    settlement = reconcile(step, reading)
    changes = record_added(step, written.visit_id, snapshot_id, settlement)
    siblings = bring_siblings(step, changes)
    update_ledger(connection, page.id, snapshot_id, seen_at, derived.read_statements())
    update_passages(connection, page.id, snapshot_id, seen_at, decode_page_text(derived.encoded).blocks)
    notices = record_notices(step, reading, written.visit_id)
    settle(step, written.visit_id, settlement, changes)
    learnt = learn(step, number)
    settle(step, written.visit_id, learnt.settlement, ())
    pending = settlement.still_pending - learnt.settled
    settlement = replace(settlement, confirmed=(*settlement.confirmed, *learnt.told))
    notices += tuple(_note(step, written.visit_id, NoticeKind.ROTATED_OUT, words) for words in learnt.ended)
    settled = page.settled.id if page.settled and pending else snapshot_id
    return replace(
        written,
        snapshot_id=snapshot_id,
        snapshot_number=number,
        is_new_snapshot=True,
        settled_snapshot_id=settled,
        changes=changes,
        settlement=settlement,
        pending=pending,
        siblings=siblings,
        notices=notices,
    )


def _record_bad(step: Step) -> Written:
    """Not the page: evidence of what came instead. The baseline stays; pending changes wait, but not for ever."""
    connection, page = step.connection, step.page
    visit_id = record_visit(connection, page.id, step.purpose, step.result, None)
    capture_id = body = None
    rendered = NOT_RENDERED
    if step.result.exchange.body:
        body = put_body(connection, step.result.exchange.body, page.body_sha256)
        rendered = _store_rendered(step, with_picture=True)
        capture_id = record_capture(connection, page.id, visit_id, step.result, body, rendered=rendered)
        link_visit(connection, visit_id, capture_id, None)
    settled = page.settled.id if page.settled else None
    written = Written(visit_id, capture_id, body, settled_snapshot_id=settled, rendered=rendered)
    if unrepeated := give_up(step, visit_id):
        return replace(written, unrepeated=unrepeated, settled_snapshot_id=page.newest.id if page.newest else None)
    return replace(written, pending=page.pending)


def _store_rendered(step: Step, *, with_picture: bool) -> RenderedBodies:
    """What a rendered page has besides its document. Looks that saw the same text again keep no picture: it weighs as
    much as hundreds of versions."""
    rendered = step.result.exchange.rendered
    if rendered is None:
        return NOT_RENDERED
    raw = put_body(step.connection, rendered.raw_body, step.page.raw_body_sha256)
    has_picture = with_picture and bool(rendered.screenshot)
    return RenderedBodies(raw, put_body(step.connection, rendered.screenshot) if has_picture else None)


def _store_text(step: Step, derived: DerivedText) -> SnapshotText:
    base = step.page.newest.text_sha256 if step.page.newest else None
    return SnapshotText(
        extractor=step.prepared.extractor,
        language=derived.language,
        title=derived.title,
        compared_sha256=derived.compared_sha256,
        text_sha256=put_body(step.connection, derived.encoded, base),
    )


def _rewrite_derived(step: Step, reading: Reading) -> None:
    """Bring texts that an older extractor made up to date, the newest one's statements in the ledger with it."""
    for snapshot_id, derived in reading.derived.items():
        rewrite_snapshot_text(step.connection, snapshot_id, _store_text(step, derived))
    newest = step.page.newest
    if newest is not None and (derived_newest := reading.derived.get(newest.id)) is not None:
        update_ledger(
            step.connection,
            step.page.id,
            newest.id,
            step.result.exchange.started_at,
            derived_newest.read_statements(),
            first_seen_at=newest.created_at,
        )


def _finish(step: Step, written: Written) -> LookReport:
    """What every look ends with: the episode, the page's state and next visit, and last the chain."""
    connection, page, result = step.connection, step.page, step.result
    episode = episode_of(step)
    standing = standing_of(step)
    told = [*accepted_notice(step), *standing.notices]
    if episode.notice is not None:
        told.append((episode.notice, episode.words))
    notices = [*written.notices, *(_note(step, written.visit_id, kind, words) for kind, words in told)]
    if notices:
        queue_notices(connection, step.config, page.id, notices, step.now)
    if result.retry_after_s is not None:
        postpone_host(connection, page.host_id, result.retry_after_s)
    planned = next_visit_of(step, written, episode)
    record_page(connection, page.id, page_after(step, written, episode, standing, planned))
    body = written.body_sha256 or (page.body_sha256 if result.outcome is Outcome.UNCHANGED else None)
    content = visit_record(
        visit_id=written.visit_id,
        page_id=page.id,
        purpose=step.purpose,
        result=result,
        body_sha256=body,
        rendered=written.rendered,
        extractor=step.prepared.extractor,
    )
    append_record(connection, written.visit_id, content)
    return _report(step, replace(written, notices=tuple(notices)), planned)


def _note(step: Step, visit_id: int, kind: str, words: str) -> int:
    return record_notice(
        step.connection,
        step.page.id,
        visit_id=visit_id,
        kind=kind,
        words=words,
        noticed_at=step.now,
        detail=step.result.detail,
    )


def _report(step: Step, written: Written, planned: NextVisit) -> LookReport:
    result, settlement = step.result, written.settlement
    confirmed_now = tuple(found.id for found in written.changes if found.state == "confirmed")
    return LookReport(
        page_id=step.page.id,
        url=step.page.url,
        visit_id=written.visit_id,
        purpose=step.purpose,
        outcome=result.outcome,
        reason=result.reason,
        detail=result.detail,
        http_status=result.exchange.status,
        final_url=result.exchange.final_url,
        duration_s=result.exchange.duration_s,
        next_visit_at=planned.at,
        next_purpose=planned.purpose,
        snapshot_id=written.snapshot_id,
        snapshot_number=written.snapshot_number,
        is_new_snapshot=written.is_new_snapshot,
        changes=written.changes,
        confirmed=(*settlement.confirmed, *confirmed_now),
        withdrawn=(*settlement.withdrawn, *settlement.superseded, *settlement.flickered),
        unrepeated=written.unrepeated,
        notices=written.notices,
        siblings=written.siblings,
        pending=written.pending,
    )
