"""Bad visits in a row, told once."""

from __future__ import annotations

import pytest

from crawler.outcomes import Outcome
from monitor.episodes import next_episode

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
