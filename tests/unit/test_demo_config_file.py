"""The configuration file that is reviewed: it parses, shows every key, and shows each with its true default."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from monitor.config import Config, SmtpConfig, SubscriptionConfig, load_config

FILE = Path(__file__).parents[2] / "config" / "clinicwatch.toml"
DEPLOYMENT = {"home", "database_url", "web_secret"}  # belong in the environment


def _uncommented() -> dict[str, Any]:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    shown = [re.sub(r"^# (?=\w+ = |\[\[)", "", line) for line in lines]
    return tomllib.loads("\n".join(shown))


def test_as_it_stands_it_is_all_defaults() -> None:
    config = load_config(FILE, {})
    assert msgspec.structs.replace(config, home=Path()) == Config()


def test_every_shown_value_is_the_default() -> None:
    shown = _uncommented()
    shown.pop("subscriptions")
    assert msgspec.convert(shown, Config, strict=True) == Config()


@pytest.mark.parametrize(
    ("section", "struct"),
    [
        *(
            (field.name, field.type)
            for field in msgspec.structs.fields(Config)
            if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct)
        ),
        ("alerts.smtp", SmtpConfig),
        ("subscriptions", SubscriptionConfig),
        ("", Config),
    ],
)
def test_every_key_is_shown(section: str, struct: type[msgspec.Struct]) -> None:
    shown: Any = _uncommented()
    for name in filter(None, section.split(".")):
        shown = shown[name]
    table = shown[0] if isinstance(shown, list) else shown
    assert set(table) | (DEPLOYMENT if not section else set()) == set(struct.__struct_fields__)


def test_every_key_of_the_example_subscription_is_valid() -> None:
    (example,) = _uncommented()["subscriptions"]
    assert msgspec.convert(example, SubscriptionConfig).address == "watchdogs@example.org"
