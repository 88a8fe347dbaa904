"""Every case of the hostile suite and what is right for it: outcome and reason at the fault.

A case has three looks: the page is healthy, the page misbehaves, the page is healthy with one price changed. Right is:
nothing is told at the fault, the last good version stays, and exactly one change is told at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import tests.hostile.behaviours  # noqa: F401 - registers them
from crawler.outcomes import outcome_of
from tests.hostile import documents, walls
from tests.hostile.oddities import ODDITIES
from tests.hostile.outcomes import OUTCOMES
from tests.hostile.robots import ROBOTS

Place = Literal["path", "robots", "tls", "port"]


@dataclass(frozen=True)
class Case:
    """`expected` is `outcome:reason`, or `ok` for what must change nothing. `place` says what misbehaves: the page
    at /name of a shared site, or robots.txt, the TLS context or the port of a site of the case's own."""

    name: str
    group: str
    expected: str
    place: Place = "path"

    @property
    def path(self) -> str:
        return "/page" if self.place == "robots" else f"/{self.name}"


TLS: Final = {
    "tls_expired": "fetch_error:tls.expired",
    "tls_not_yet_valid": "fetch_error:tls.not_yet_valid",
    "tls_self_signed": "fetch_error:tls.self_signed",
    "tls_untrusted": "fetch_error:tls.untrusted",
    "tls_hostname": "fetch_error:tls.hostname",
    "tls_alert": "fetch_error:tls.handshake",
    "tls_plain_http": "fetch_error:tls.handshake",
    "tls_no_cipher": "fetch_error:tls.handshake",
    "tls_silent": "fetch_error:timeout.tls",
    "cut_without_goodbye": "fetch_error:tls.truncated",
}
PORTS: Final = {
    "port_closed": "fetch_error:conn.refused",
    "port_full": "fetch_error:timeout.connect",
    "port_resets": "refused:robots.unreachable",  # robots.txt is asked first
    "port_hangs_up": "refused:robots.unreachable",
    "port_greets": "refused:robots.unreachable",
}
NAMES: Final = {
    "to_unknown_name": "fetch_error:dns",
    "to_public_port": "refused:ssrf.port",
    "to_login": "blocked:login",
    "to_not_found": "blocked:soft404",
    "to_maintenance": "blocked:maintenance",
    "to_captcha": "blocked:captcha",
    "to_language_home": "blocked:redirect.home",
    "to_index": "blocked:redirect.home",
    "other_page_of_the_site": "blocked:wrong_page",
}
_HARMLESS: Final = {name for name, verdict in OUTCOMES.items() if verdict == "ok"}
"""Behaviours that the crawler takes for a page, but not for the case's page."""

KNOWN_GAPS: Final[dict[str, str]] = {}
"""Cases that go wrong still, and why; three at most."""

UNREACHABLE: Final = {
    "internal": "a fault of ours",
    "no_contact": "a setting of ours (tests/system/test_crawler_outcomes.py)",
    "parse.memory": "depends on the machine (tests/system/test_text_process.py)",
    "parse.crash": "a fault of a library's (tests/system/test_text_process.py)",
}
"""Reasons that no page can bring about at will, and where they are tested."""


def _group(verdict: str) -> str:
    return verdict.partition(":")[2].partition(".")[0] or verdict


def _cases() -> tuple[Case, ...]:
    documents.register()
    walls.register()
    paths = {name: verdict for name, verdict in OUTCOMES.items() if name not in _HARMLESS}
    paths |= {name: f"{outcome_of(wall.reason)}:{wall.reason}" for name, wall in walls.WALLS.items()}
    paths |= {name: verdict for name, (verdict, _, _) in documents.DOCUMENTS.items()} | NAMES
    cases = [Case(name, _group(verdict), verdict) for name, verdict in paths.items()]
    cases += [Case(name, "harmless", "ok") for name in ODDITIES]
    cases += [Case(name, "tls", verdict, "tls") for name, verdict in TLS.items()]
    cases += [Case(name, "conn", verdict, "port") for name, verdict in PORTS.items()]
    cases += [
        Case(f"robots_{name.replace(' ', '_')}", "robots", verdict, "robots") for name, (_, verdict) in ROBOTS.items()
    ]
    return tuple(cases)


CASES: Final = _cases()
