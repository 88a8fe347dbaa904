"""The chain's head in digests: what a subscriber keeps proves later that the record was not shortened."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from monitor.alerts.plan import queue_changes
from monitor.alerts.preview import render_alert
from monitor.config import Config
from monitor.errors import StoreError, UsageError
from monitor.store.outbox import list_alerts
from monitor.store.pages import add_clinic, add_page
from monitor.store.records import is_on_record
from monitor.store.subscriptions import add_subscription
from tests.db.observed import claim, find_change, hour, see, see_again
from tests.db.test_cli_changes import Run, run

__all__ = ["run"]  # a fixture


@pytest.fixture
def digest(engine: Engine, config: Config) -> tuple[int, str]:
    """What a digest said: how many looks were on record, and the digest of the last."""
    with engine.begin() as connection:
        page = add_page(connection, add_clinic(connection, "a", "A").id, "https://a.example/1").id
        see(connection, page, hour(0), ["It may help."], [claim("It may help.")])
        see(connection, page, hour(1), ["It helps."], [claim("It helps.")])
        for number in range(2, 6):
            see_again(connection, page, hour(number))
        add_subscription(connection, "a@example.org")
        change = find_change(connection, page, None, hour(1), "It helps.")
        connection.execute(text("UPDATE change SET state = 'confirmed', severity = 'medium'"))
        queue_changes(connection, config, page, [change], hour(5))
        connection.execute(
            text("UPDATE alert SET first_tried_at = :at, attempts = 1"), {"at": hour(4) + timedelta(minutes=20)}
        )
        (alert,) = list_alerts(connection)
        mails = [render_alert(connection, config, alert.id).as_bytes()]
        see_again(connection, page, hour(6))  # what comes later is not in it, however often it is rendered
        mails.append(render_alert(connection, config, alert.id).as_bytes())
        plain = render_alert(connection, config, alert.id).get_body(("plain",))
    assert mails[0] == mails[1]
    assert plain is not None
    said = " ".join(str(plain.get_content()).split())
    found = re.search(r"Looks on record: (\d+)\. SHA-256 of the last one, .*?: ([0-9a-f]{64})\.", said)
    assert found is not None, said
    return int(found[1]), found[2]


def test_a_digest_names_the_chains_head_and_it_can_be_checked(
    engine: Engine, digest: tuple[int, str], run: Run
) -> None:
    number, sha256 = digest
    assert number == 5, "hours 0 to 4; the looks of the last minutes are not yet on record for sure"
    with engine.begin() as connection:
        assert is_on_record(connection, number, sha256)
        assert is_on_record(connection, number, sha256.upper())
        assert not is_on_record(connection, number - 1, sha256)
        assert not is_on_record(connection, 10**15, sha256)
    assert "7 records" in run("verify", "--mailed", f"{number}:{sha256}")


@pytest.mark.parametrize(
    "wrong", ["5", "5:abc", "x:" + "a" * 64, ":" + "a" * 64, "-1:" + "a" * 64, "9" * 30 + ":" + "a" * 64]
)
def test_what_is_no_head_is_said(digest: tuple[int, str], run: Run, wrong: str) -> None:
    with pytest.raises(UsageError, match="NUMBER:SHA256"):
        run("verify", f"--mailed={wrong}")


def test_a_chain_that_was_cut_off_and_its_head_moved_contradicts_the_mail(
    engine: Engine, digest: tuple[int, str], run: Run
) -> None:
    """Without the mail nobody would see it: what is left is whole."""
    number, sha256 = digest
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM record WHERE number >= 4"))
        connection.execute(
            text("UPDATE chain_head SET (number, sha256) = (SELECT number, sha256 FROM record WHERE number = 3)")
        )
        connection.execute(text("ALTER TABLE visit DISABLE TRIGGER ALL"))
        connection.execute(text("DELETE FROM visit WHERE id NOT IN (SELECT visit_id FROM record)"))
    assert "3 records" in run("verify")
    with pytest.raises(StoreError, match="record 5 is not the one that was mailed"):
        run("verify", "--mailed", f"{number}:{sha256}")
