"""Errors keep what they carry when they cross from one process to another."""

import pickle
from pathlib import Path

import pytest

from monitor.errors import (
    BodyCorruptError,
    ClinicwatchError,
    ConfigError,
    DeliveryError,
    ExtractError,
    LexiconError,
    NotFoundError,
    UsageError,
)


@pytest.mark.parametrize(
    "error",
    [
        ConfigError(Path("a.toml"), "crawler.delay_s", "must be a number"),
        LexiconError("en.yaml", 12, "unknown field"),
        NotFoundError("page", "stem", "did you mean stemedix?"),
        BodyCorruptError("ab" * 32),
        ExtractError("parse.timeout", "20 s"),
        DeliveryError("550 no such user", permanent=True),
        UsageError("plain"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_pickling_keeps_message_and_attributes(error: ClinicwatchError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)
    assert again.exit_code == error.exit_code
