"""The history in a real browser: from the clinics by clicks to the words that changed."""

from __future__ import annotations

import pytest
from browser.chromium import Tab
from browser.look import find_faults
from browser.test_pages_seen import WINDOWS
from system.test_web_history import Reader, page_id, reader

pytestmark = pytest.mark.system
__all__ = ["page_id", "reader"]  # fixtures


def test_every_page_of_the_history_reads_well(tab: Tab, reader: Reader, page_id: int) -> None:
    page = f"/history/page/{page_id}"
    for path in ("/history/", "/history/clinic/a", page, f"{page}/1", f"{page}/1/2", "/history/search?q=cure"):
        for width, scheme in WINDOWS:
            tab.open(f"http://127.0.0.1:{reader.port}{path}", width, scheme, mobile=width < 500)
            assert find_faults(tab) == [], (path, width, scheme)
            assert all(each.startswith((f"http://127.0.0.1:{reader.port}/", "data:")) for each in tab.asked)


def test_from_the_clinics_to_the_difference_by_clicks(tab: Tab, reader: Reader, page_id: int) -> None:
    tab.open(f"http://127.0.0.1:{reader.port}/history/", 1100, "light")
    tab.click("td a")
    tab.click("td a")
    tab.click(f"a[href$='/{page_id}/1/2']")
    assert "It [-may help 80-] {+helps 90+}% of patients." in tab.evaluate("document.body.innerText")
    tab.click(f"a[href$='/page/{page_id}']")
    tab.evaluate("document.querySelector('#day').value = '2026-05-01'")
    tab.click("form button")
    assert "It may help 80% of patients." in tab.evaluate("document.body.innerText")
