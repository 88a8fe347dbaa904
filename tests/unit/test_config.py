"""The configuration is read whole or not at all, and a mistake is named by its key."""

from pathlib import Path

import pytest

from monitor.config import load_config, read_secret
from monitor.errors import ConfigError


def write(path: Path, text: str) -> Path:
    file = path / "clinicwatch.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, ""), {})
    assert config.schedule.looks == 2
    assert config.database_url == ""


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[crawler]\ndelay = 2", "delay"),
        ("[crawler]\ndelay_s = -1", "crawler.delay_s"),
        ('[crawler]\ndelay_s = "2"', "crawler.delay_s"),
        ("[schedule]\nlooks = 0", "schedule.looks"),
        ('[alerts.smtp]\nsecurity = "ssl"', "alerts.smtp.security"),
        ('[[subscriptions]]\nname = "x"', "subscriptions[0]"),
        ("surprise = 1", "surprise"),
        ('database_url = "postgresql://x"', "database_url"),
    ],
)
def test_a_mistake_is_named_by_file_and_key(tmp_path: Path, text: str, key: str) -> None:
    file = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_config(file, {})
    assert key in str(caught.value)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("text", ["[crawler\n", "a = \ufffe", "x = 1\nx = 2"])
def test_broken_toml_is_an_error_for_people(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="cannot be read as TOML"):
        load_config(write(tmp_path, text), {})


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        load_config(tmp_path / "none.toml", {})


def test_secrets_come_from_the_environment_or_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("postgresql://db/x\n", encoding="utf-8")
    assert (
        load_config(write(tmp_path, ""), {"CLINICWATCH_DATABASE_URL_FILE": str(secret)}).database_url
        == "postgresql://db/x"
    )
    assert load_config(write(tmp_path, ""), {"CLINICWATCH_SMTP_PASSWORD": "p"}).alerts.smtp.password == "p"
    assert read_secret("CLINICWATCH_NONE", {}) == ""
    with pytest.raises(ConfigError, match="CLINICWATCH_X_FILE"):
        read_secret("CLINICWATCH_X", {"CLINICWATCH_X_FILE": str(tmp_path / "none")})
