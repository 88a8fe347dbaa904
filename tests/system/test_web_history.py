"""The history in the browser, over real HTTP: what it shows, whom it answers, and that nothing in it is live."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import pytest
from lxml import html as lxml_html
from sqlalchemy import Engine
from unit.hostile_words import HOSTILE

from monitor.config import Config
from monitor.store.pages import add_clinic, add_page
from monitor.store.visits import clean_text
from monitor.web.server import serving
from tests.db.observed import claim, confirm, find_change, hour, miss, see, see_again

pytestmark = pytest.mark.system
BASE = "https://watch.example.org"
WEAK, STRONG, NOTE = "It may help 80% of patients.", "It helps 90% of patients.", "This is not a cure."


@dataclass
class Reader:
    """A browser on this machine; `host` is the name that it asks for."""

    port: int

    def get(self, path: str, host: str = "127.0.0.1", **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path, headers={"Host": host, **headers})
        answer = connection.getresponse()
        read = answer.read()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, read

    def said(self, path: str) -> str:
        status, _, body = self.get(path)
        assert status == 200, (path, body)
        return " ".join(lxml_html.fromstring(body.decode()).text_content().split())


@pytest.fixture
def page_id(engine: Engine) -> int:
    with engine.begin() as connection:
        page = add_page(connection, add_clinic(connection, "a", "Clinic A", "DK").id, "https://a.example/1").id
        see(connection, page, hour(0), [WEAK, NOTE], [claim(WEAK)])
        see(connection, page, hour(24), [STRONG], [claim(STRONG)])
        see_again(connection, page, hour(25))
        miss(connection, page, hour(26), "dns")
        change = find_change(connection, page, None, hour(24), STRONG)
        confirm(connection, page, change, hour(25))
        return page


@pytest.fixture
def reader(engine: Engine, config: Config) -> Iterator[Reader]:
    section = msgspec.structs.replace(
        config.web, base_url="https://watch.example.org", port=0, requests_per_minute=1_000
    )
    with serving(engine, msgspec.structs.replace(config, web=section)) as port:
        yield Reader(port)


def test_from_the_clinics_to_the_words_that_changed(reader: Reader, page_id: int) -> None:
    assert "Clinic ADK1" in reader.said("/history/")
    assert "https://a.example/1" in reader.said("/history/clinic/a")
    page = reader.said(f"/history/page/{page_id}")
    assert "version 2" in page
    assert "fetch_error dns" in page
    assert "confirmed" in page
    shown = reader.said(f"/history/page/{page_id}/1")
    assert WEAK in shown
    assert re.search(r"SHA-256 of its exact bytes: [0-9a-f]{64}", shown)
    assert STRONG in reader.said(f"/history/page/{page_id}/2")
    difference = reader.said(f"/history/page/{page_id}/1/2")
    assert "It [-may help 80-] {+helps 90+}% of patients." in difference
    assert "[-This is not a cure.-]" in difference
    assert "They say the same." in reader.said(f"/history/page/{page_id}/2/2")


def test_what_it_said_on_a_day_and_what_was_ever_said(reader: Reader, page_id: int) -> None:
    first, second = (f"{hour(number):%Y-%m-%d}" for number in (0, 24))
    assert WEAK in reader.said(f"/history/page/{page_id}/at?day={first}")
    assert STRONG in reader.said(f"/history/page/{page_id}/at?day={second}")
    assert reader.get(f"/history/page/{page_id}/at?day=1999-01-01")[0] == 404
    assert "not a cure" in reader.said("/history/search?q=cure")
    assert "nothing was ever said" in reader.said("/history/search?q=%22%27%20OR%201%3D1")
    assert reader.get("/history/search?q=" + "x" * 600)[0] == 404


def test_exact_bytes_are_saved_and_never_shown(reader: Reader, page_id: int) -> None:
    status, headers, body = reader.get(f"/history/page/{page_id}/1/raw")
    assert status == 200
    assert headers["content-disposition"].startswith("attachment")
    assert headers["content-type"] == "application/octet-stream"
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    assert body


@pytest.mark.parametrize("path", ["clinic/nobody", "page/999", "page/1/77", "page/1/1/77", "page/1/77/raw", "page/0"])
def test_what_there_is_not_is_said(reader: Reader, page_id: int, path: str) -> None:
    status, _, body = reader.get(f"/history/{path.replace('page/1', f'page/{page_id}')}")
    assert status == 404
    assert b"<h1>" in body


def test_by_default_it_answers_this_machine_alone(reader: Reader, page_id: int) -> None:
    assert reader.get("/history/", host="localhost:8080")[0] == 200
    assert reader.get("/history/", host="[::1]:8080")[0] == 200
    for host, headers in (
        ("watch.example.org", {}),
        ("rebound.evil.example", {}),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1", {"X-Forwarded-For": "8.8.8.8"}),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}),
        ("127.0.0.1", {"Via": "1.1 proxy"}),
    ):
        for path in ("/history/", f"/history/page/{page_id}/1/raw", "/history/search?q=cure"):
            assert reader.get(path, host, **headers)[0] == 404, (host, headers, path)


@pytest.mark.parametrize(("setting", "status"), [("off", 404), ("everyone", 200)])
def test_the_setting(engine: Engine, config: Config, setting: str, status: int) -> None:
    section = msgspec.structs.replace(config.web, base_url=BASE, port=0, history=setting)
    with serving(engine, msgspec.structs.replace(config, web=section)) as port:
        assert Reader(port).get("/history/", "watch.example.org")[0] == status
        assert Reader(port).get("/history/", "127.0.0.1")[0] == status


@pytest.mark.parametrize("words", HOSTILE[:17], ids=range(17))
def test_what_pages_wrote_is_text(engine: Engine, reader: Reader, words: str) -> None:
    written = clean_text(words).strip() or "x"
    with engine.begin() as connection:
        page = add_page(connection, add_clinic(connection, "a", written).id, "https://a.example/1").id
        see(connection, page, hour(0), [written, "Before."])
        see(connection, page, hour(1), [f"{written} more", "After."])
    for path in ("", "clinic/a", f"page/{page}", f"page/{page}/2", f"page/{page}/1/2", "search?q=more"):
        _, _, body = reader.get(f"/history/{path}")
        text = body.decode()
        document = lxml_html.fromstring(text)
        assert not {each.tag for each in document.iter() if isinstance(each.tag, str)} & {"script", "img", "style", "b"}
        links = [each.get("href") for each in document.iter("a")]
        assert all(link.startswith("/history/") or link == "https://a.example/1" for link in links)
        assert not re.search(r"[\u202a-\u202e\u2066-\u2069\x00-\x08\x1b]", text)
