"""The chain: one record for each visit, each naming the SHA-256 of the one before. Append-only.

A record is canonical JSON (RFC 8785): `{"number":N,"previous":"<sha256>","visit":{…}}`, its digest that of exactly
these bytes. The first names 32 zero bytes. Whoever edits, drops, swaps or inserts a record breaks every digest after
it; whoever cuts off the end contradicts the head. `docs/` tells how an outsider checks the same with sha256sum.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, func, select, text

from monitor.errors import NotFoundError, StoreError
from monitor.store.tables import capture, chain_head, record, visit

ORIGIN = bytes(32)
_ROWS_AT_A_TIME = 500

_HEAD = select(chain_head.c.number, chain_head.c.sha256)
_APPEND = text("""
    WITH added AS (
        INSERT INTO record (number, visit_id, content, sha256) VALUES (:number, :visit_id, :content, :sha256))
    UPDATE chain_head SET number = :number, sha256 = :sha256
""")
_RECORDS = (
    select(
        record,
        visit.c.page_id,
        visit.c.started_at,
        visit.c.purpose,
        visit.c.outcome,
        visit.c.reason,
        visit.c.http_status,
        capture.c.body_sha256,
    )
    .select_from(
        record.outerjoin(visit, visit.c.id == record.c.visit_id).outerjoin(capture, capture.c.visit_id == visit.c.id)
    )
    .order_by(record.c.number)
)


@dataclass(frozen=True, slots=True)
class Record:
    """A link of the chain: `content` is canonical JSON whose SHA-256 is `sha256` (hex)."""

    number: int
    visit_id: int
    content: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class ChainBreak:
    """The first place where the chain does not hold: the record's number, and what is wrong in one line."""

    number: int
    problem: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a walk along the chain found: how many records hold, the digest of the last of them, and the break."""

    records: int
    head_sha256: str
    first_break: ChainBreak | None

    @property
    def is_whole(self) -> bool:
        return self.first_break is None


def append_record(connection: Connection, visit_id: int, content: bytes) -> Record:
    """Add the record of a visit to the chain. `content` is the visit as canonical JSON (`evidence.chain`).

    Holds the chain's head until the transaction ends: call it last.
    """
    head = connection.execute(_HEAD.with_for_update()).first()
    if head is None:
        raise StoreError("the chain has no head: the table chain_head was emptied; restore it from a backup")
    number = head.number + 1
    link = b'{"number":%d,"previous":"%s","visit":%s}' % (number, bytes(head.sha256).hex().encode(), content)
    sha256 = hashlib.sha256(link).digest()
    values = {"number": number, "visit_id": visit_id, "content": link, "sha256": sha256}
    connection.execute(_APPEND, values)
    return Record(number, visit_id, link, sha256.hex())


def get_record(connection: Connection, visit_id: int) -> Record:
    """The record of a visit. Raises NotFoundError."""
    row = connection.execute(select(record).where(record.c.visit_id == bindparam("visit")), {"visit": visit_id}).first()
    if row is None:
        raise NotFoundError("record of visit", str(visit_id))
    return Record(row.number, row.visit_id, bytes(row.content), bytes(row.sha256).hex())


def is_on_record(connection: Connection, number: int, sha256: str) -> bool:
    """Whether the record with this number has this digest (hex): what a digest mail said of the chain once."""
    found = connection.execute(select(record.c.sha256).where(record.c.number == number)).scalar()
    return found is not None and bytes(found).hex() == sha256.casefold()


def verify_chain(connection: Connection) -> ChainReport:
    """Walk the whole chain; reports the first break.

    Checks each record's digest, number and predecessor, that it says what the visit's row and its capture say, that
    the head is the last record, and that no visit is without one.
    """
    number, previous = 0, ORIGIN
    for row in _stream(connection):
        if problem := _problem(row, number + 1, previous):
            return ChainReport(number, previous.hex(), ChainBreak(number + 1, problem))
        number, previous = row.number, bytes(row.sha256)
    return ChainReport(number, previous.hex(), _loose_end(connection, number, previous))


def _stream(connection: Connection) -> Iterator[Row[Any]]:
    with connection.execute(_RECORDS.execution_options(yield_per=_ROWS_AT_A_TIME)) as rows:
        yield from rows


def _problem(row: Row[Any], number: int, previous: bytes) -> str:
    """What is wrong with one record, "" for nothing."""
    content = bytes(row.content)
    if row.number != number:
        return f"record {number} is missing: the next one there is {row.number}"
    if hashlib.sha256(content).digest() != bytes(row.sha256):
        return "the content does not hash to the record's SHA-256: one of them was edited"
    try:
        link = msgspec.json.decode(content)
        said, of = link["visit"], (link["number"], link["previous"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return "the content is no record"
    if of != (number, previous.hex()):
        return "it does not name the record before it: a record was edited, dropped, swapped or inserted"
    if different := _differences(said, row):
        return f"the visit's row says otherwise: {different}"
    return ""


def _differences(said: dict[str, Any], row: Row[Any]) -> str:
    """Which columns of the visit and its capture contradict the record."""
    if row.page_id is None:
        return f"visit {row.visit_id} is gone"
    has = {
        "visit": row.visit_id,
        "page": row.page_id,
        "purpose": row.purpose,
        "outcome": row.outcome,
        "reason": row.reason,
        "http_status": row.http_status,
        "started_at": utc_text(row.started_at),
    }
    if row.body_sha256 is not None:
        has["body_sha256"] = bytes(row.body_sha256).hex()
    return ", ".join(f"{name} {value!r} ≠ {said.get(name)!r}" for name, value in has.items() if said.get(name) != value)


def _loose_end(connection: Connection, number: int, sha256: bytes) -> ChainBreak | None:
    head = connection.execute(_HEAD).first()
    if head is None or (head.number, bytes(head.sha256)) != (number, sha256):
        told = f"record {head.number}" if head else "nothing"
        return ChainBreak(number + 1, f"the chain ends with record {number}, but its head names {told}")
    missing = select(func.min(visit.c.id)).where(
        ~select(record.c.number).where(record.c.visit_id == visit.c.id).exists()
    )
    visit_id = connection.execute(missing).scalar()
    return None if visit_id is None else ChainBreak(number + 1, f"visit {visit_id} has no record")


def utc_text(moment: datetime) -> str:
    """A time as records write it: RFC 3339, UTC, microseconds. `moment` is aware."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
