"""Bad visits in a row, told once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.outcomes import Outcome
from crawler.types import Exchange, Hop, Result, Target, TlsInfo
from monitor.episodes import Standing, StandingRules, next_episode, next_standing

OK, GONE, BLOCKED, ERROR = Outcome.OK, Outcome.GONE, Outcome.BLOCKED, Outcome.FETCH_ERROR


@pytest.mark.parametrize(
    ("visits", "told"),
    [
        ([OK, OK], []),
        ([OK, GONE, GONE, OK], []),
        ([OK, GONE, GONE, GONE], ["gone"]),
        ([OK, GONE, GONE, GONE, GONE, GONE], ["gone"]),
        ([OK, GONE, GONE, GONE, OK, OK], ["gone", "recovered"]),
        ([GONE, GONE, GONE, OK, GONE, GONE, GONE], ["gone", "recovered", "gone"]),
        ([GONE, BLOCKED, GONE, BLOCKED, GONE], []),
        ([ERROR, ERROR, ERROR, GONE, GONE, GONE, Outcome.UNCHANGED], ["fetch_error", "gone", "recovered"]),
        ([Outcome.OK_TRUNCATED] * 3, ["ok_truncated"]),
    ],
)
def test_episodes(visits: list[Outcome], told: list[str]) -> None:
    failures, reported, notices = 0, None, []
    for number, outcome in enumerate(visits):
        trailing = 0
        while trailing < number and visits[number - 1 - trailing] is outcome:
            trailing += 1
        episode = next_episode(failures, reported, outcome, "a.reason", trailing=trailing, threshold=3)
        failures, reported = episode.failures, episode.reported
        if episode.notice is not None:
            notices.append(episode.notice)
            assert episode.words
    assert notices == told


NOW = datetime(2026, 5, 3, tzinfo=UTC)
RULES = StandingRules(moved_looks=3, certificate_looks=3, certificate_days=14)


def look(
    *statuses: int,
    ends_in_days: float | None = None,
    outcome: Outcome = OK,
    to: str = "https://b.example/",
    key: str = "a",
) -> Result:
    """A look that passed redirects of these statuses, with a certificate that ends so soon."""
    hops = tuple(Hop("https://a.example/", status, to) for status in statuses)
    tls = None if ends_in_days is None else TlsInfo(key * 64, NOW + timedelta(days=ends_in_days))
    exchange = Exchange(to if hops else "https://a.example/", NOW, 0.1, redirects=hops, tls=tls)
    return Result(Target("https://a.example/"), outcome, None, exchange)


def told(looks: list[Result], rules: StandingRules = RULES) -> list[str]:
    standing, kinds = Standing(), []
    for number, one in enumerate(looks):
        standing = next_standing(standing, one, NOW, rules)
        kinds += [f"{number}:{kind}" for kind, _ in standing.notices]
        assert all(words for _, words in standing.notices)
    return kinds


MOVED = look(301)
ENDING = look(ends_in_days=10)


@pytest.mark.parametrize(
    ("looks", "kinds"),
    [
        ([look()] * 5, []),
        ([MOVED] * 2, []),
        ([MOVED] * 6, ["2:moved"]),
        ([look(301, 308)] * 3, ["2:moved"]),
        ([look(301, 302)] * 5, []),
        ([look(302)] * 5, []),
        ([MOVED, look(outcome=ERROR), MOVED, MOVED], ["3:moved"]),
        ([MOVED, look(), MOVED, MOVED], []),
        ([MOVED, look(301, to="https://c.example/"), MOVED, MOVED], []),
        ([MOVED, MOVED, MOVED, look(), MOVED, MOVED, MOVED], ["2:moved", "6:moved"]),
        ([ENDING] * 5, ["2:certificate"]),
        ([look(ends_in_days=15)] * 5, []),
        ([ENDING] * 3 + [look(ends_in_days=90, key="b")] + [look(ends_in_days=9, key="b")] * 3,
         ["2:certificate", "6:certificate"]),
        ([look(ends_in_days=10, key=key) for key in "abab"], []),
    ],
)  # fmt: skip
def test_what_is_told_once_of_moves_and_certificates(looks: list[Result], kinds: list[str]) -> None:
    assert told(looks) == kinds


def test_certificates_are_not_told_of_where_nobody_wants_to_know() -> None:
    assert told([ENDING] * 5, StandingRules(3, 3, 0)) == []


@pytest.mark.parametrize(
    ("outcome", "reason", "words"),
    [
        (Outcome.REFUSED, "robots.disallow", "robots.txt forbids"),
        (Outcome.BLOCKED, "waf", "something else than the page"),
        (GONE, "http.404", "the page is gone"),
    ],
)
def test_the_words_of_an_episode_name_its_cause(outcome: Outcome, reason: str, words: str) -> None:
    episode = next_episode(2, None, outcome, reason, trailing=2, threshold=3)
    assert words in episode.words
    assert reason in episode.words
