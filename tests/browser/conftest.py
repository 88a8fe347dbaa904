"""A real browser for the tests that need eyes: skipped, with the reason, where there is none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser.chromium import Browser, Tab, find_chromium, open_browser

NONE = "no Chromium or Chrome is installed (CLINICWATCH_CHROMIUM names one)"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = find_chromium()
    if program is None:
        pytest.skip(NONE)
    with open_browser(program) as opened:
        yield opened


@pytest.fixture
def tab(browser: Browser) -> Tab:
    return browser.new_tab()
