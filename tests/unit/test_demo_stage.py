"""The files that the demo's daemon is started with: valid, closed to the outside, and of the demo's own addresses."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from monitor.demo.pages import load_clinics
from monitor.demo.stage import CONFIG, DemoError, environment, fresh_directory, write_stage
from monitor.seeds import read_manifest
from monitor.watchlist import read_watchlist

SITE, SMTP = 40001, 40002


def test_the_configuration_permits_the_demo_and_nothing_else(tmp_path: Path) -> None:
    config = write_stage(tmp_path, SITE, SMTP)
    assert config.crawler.contact == ""
    assert config.crawler.allow_addresses == (f"127.0.0.1:{SITE}",)
    assert config.crawler.ports == (SITE,)
    assert set(config.crawler.dns_hosts) == {f"{clinic.host}=127.0.0.1" for clinic in load_clinics()}
    assert (config.alerts.smtp.host, config.alerts.smtp.port) == ("127.0.0.1", SMTP)
    assert config.path(config.store.directory).is_relative_to(tmp_path)
    assert config.database_url == ""
    assert config.schedule.looks == 2


def test_single_keys_may_be_overruled(tmp_path: Path) -> None:
    usual = write_stage(tmp_path, SITE, SMTP)
    config = write_stage(tmp_path, SITE, SMTP, {"schedule": {"lease_s": 3.0}})
    assert config.schedule.lease_s == 3.0
    assert config.schedule.cadence_s == usual.schedule.cadence_s


def test_watchlist_and_seeds_name_the_demos_urls(tmp_path: Path) -> None:
    write_stage(tmp_path, SITE, SMTP)
    entries = read_watchlist(tmp_path / "watchlist.toml")
    assert [len(entry.pages) for entry in entries] == [1, 1, 1, 7, 1]
    watched = {page.url for entry in entries for page in entry.pages}
    manifest = read_manifest(tmp_path / "seeds.toml")
    assert {seed.url for seed in manifest.seeds} <= watched
    assert len(manifest.seeds) == 5
    assert all(f".localhost:{SITE}/" in url for url in watched)


def test_somebodys_real_database_and_password_stay_out() -> None:
    environ = {
        "PATH": "/bin",
        "CLINICWATCH_HOME": "/srv",
        "CLINICWATCH_DATABASE_URL": "postgresql://prod/x",
        "CLINICWATCH_DATABASE_URL_FILE": "/run/secrets/url",
        "CLINICWATCH_SMTP_PASSWORD": "secret",
        "CLINICWATCH_SMTP_PASSWORD_FILE": "/run/secrets/smtp",
    }
    assert environment(environ) == {"PATH": "/bin", "CLINICWATCH_HOME": "/srv"}


def test_a_directory_that_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("dear")
    with pytest.raises(DemoError, match="no demo made"), fresh_directory(mine):
        pass
    (mine / CONFIG).write_text("[log]\n")
    with pytest.raises(DemoError, match="no demo made"), fresh_directory(mine):
        pass
    assert (mine / "letter.txt").read_text() == "dear"


def test_what_an_earlier_demo_left_is_removed(tmp_path: Path) -> None:
    with fresh_directory(tmp_path / "a" / "demo") as directory:
        write_stage(directory, SITE, SMTP)
        (directory / "mail").mkdir()
    assert (directory / CONFIG).exists()
    with fresh_directory(directory):
        assert list(directory.iterdir()) == []


def test_two_demos_do_not_share_a_directory(tmp_path: Path) -> None:
    with fresh_directory(tmp_path / "demo") as directory:
        write_stage(directory, SITE, SMTP)
        with pytest.raises(DemoError, match="another demo"), fresh_directory(directory):
            pass
        assert tomllib.loads((directory / CONFIG).read_text())
