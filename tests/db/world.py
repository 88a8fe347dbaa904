"""A small world for the tests of looks: a clinic's page that changes, and the looks at it, each a real transaction."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text

from crawler.outcomes import Outcome, outcome_of
from crawler.types import Exchange, Result, Target
from monitor.config import Config
from monitor.ingest import LookReport, record_look
from monitor.prepare import Prepared, prepare_look
from monitor.store.leases import HostClaim, claim_host, release_host
from monitor.store.pages import add_clinic, add_page
from monitor.store.visits import PageForVisit, get_page_for_visit
from monitor.text.process import KillablePool

STORY = (
    "The treatment takes place in our clinic in the city and lasts three days in all.",
    "Doctors with many years of practice take care of every patient from the first talk to the last check.",
    "Cells are taken from the fat tissue of the belly under local anaesthesia and prepared in the laboratory.",
    "After the infusion you rest for two hours, and a nurse looks after you all the time.",
    "On the third day we talk about the months that follow, about exercise and about food.",
    "You find us between the station and the park, and there are rooms for those who come from far away.",
    "Our team speaks five languages, and an interpreter is there whenever you wish for one.",
)
DISCLAIMER = "The treatment is not a cure."
PRICE = "The price of the treatment is $5,000."
CLAIM = "80% of patients report an improvement."


@dataclass(frozen=True)
class Site:
    """What the page says now. World events are functions from one Site to the next."""

    paragraphs: tuple[str, ...] = (*STORY[:3], CLAIM, PRICE, DISCLAIMER, *STORY[3:])
    footer: str = "Stem Cell Clinic, Main Street 1"
    nonce: str = ""

    def html(self) -> bytes:
        words = "\n".join(f"<p>{paragraph}</p>" for paragraph in self.paragraphs)
        return f"""<!doctype html><html lang="en"><head><title>Stem cell treatment</title>
<meta charset="utf-8"><script nonce="{self.nonce}"></script></head><body>
<nav><a href="/">Home</a> <a href="/about">About us</a></nav>
<main><h1>Stem cell treatment</h1>{words}</main><footer><p>{self.footer}</p></footer></body></html>""".encode()

    def without(self, words: str) -> Site:
        return replace(self, paragraphs=tuple(one for one in self.paragraphs if one != words))

    def reworded(self, before: str, after: str) -> Site:
        return replace(self, paragraphs=tuple(one.replace(before, after) for one in self.paragraphs))


@dataclass
class World:
    """Pages, time, and looks. `at` is the time of the next look."""

    engine: Engine
    config: Config
    pool: KillablePool
    at: datetime = datetime(2026, 5, 3, 12, tzinfo=UTC)
    reports: list[LookReport] = field(default_factory=list)

    def add_page(self, url: str = "https://clinic.example/treatment") -> int:
        with self.engine.begin() as connection:
            clinic = add_clinic(connection, "clinic", "Stem Cell Clinic", "US")
            return add_page(connection, clinic.id, url, language="en").id

    def page(self, page_id: int) -> PageForVisit:
        with self.engine.connect() as connection:
            return get_page_for_visit(connection, page_id)

    def claim(self, page_id: int, owner: str = "test", lease_s: float = 60.0) -> HostClaim:
        with self.engine.begin() as connection:
            claim = claim_host(connection, get_page_for_visit(connection, page_id).host_id, owner, lease_s)
        assert claim is not None
        return claim

    def release(self, claim: HostClaim) -> None:
        with self.engine.begin() as connection:
            release_host(connection, claim)

    def prepare(self, page: PageForVisit, result: Result) -> Prepared:
        return prepare_look(self.config, self.engine, self.pool, page, result)

    def see(self, page_id: int, site: Site, *, looks_needed: int | None = None) -> LookReport:
        """A look at which the page answers with `site`."""
        return self.record(page_id, self.answer(page_id, site.html()), looks_needed=looks_needed)

    def fail(self, page_id: int, reason: str, *, status: int | None = None, body: bytes = b"") -> LookReport:
        """A look that ends in `reason`."""
        result = self.answer(page_id, body, status=status)
        return self.record(page_id, replace(result, outcome=outcome_of(reason), reason=reason))

    def answer(self, page_id: int, body: bytes, *, status: int | None = 200) -> Result:
        url = self.page(page_id).url
        headers = ((b"Content-Type", b"text/html; charset=utf-8"), (b"ETag", b'"1"'))
        exchange = Exchange(
            final_url=url,
            started_at=self.at,
            duration_s=0.25,
            status=status,
            request_headers=((b"User-Agent", b"Clinicwatch/0.1"),),
            response_headers=headers if status else (),
            body=body,
            wire_bytes=len(body),
            address="192.0.2.1:443",
            http_version="HTTP/1.1",
        )
        return Result(Target(url), Outcome.OK, None, exchange)

    def record(self, page_id: int, result: Result, *, looks_needed: int | None = None) -> LookReport:
        claim = self.claim(page_id)
        page = self.page(page_id)
        report = record_look(
            self.engine,
            self.config,
            page,
            result,
            self.prepare(page, result),
            purpose=page.next_purpose,
            lease=claim,
            now=self.at,
            looks_needed=looks_needed,
        )
        self.release(claim)
        self.reports.append(report)
        self.at += timedelta(minutes=10)
        return report

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    def count(self, table: str) -> int:
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])

    def changes(self) -> list[tuple[str, str, str]]:
        """Kind, direction and state of every change, in the order of detection."""
        return [
            (f"{family}/{kind}", f"{direction}", state)
            for family, kind, direction, state in self.rows(
                "SELECT family, kind, direction, state FROM change ORDER BY id"
            )
        ]
