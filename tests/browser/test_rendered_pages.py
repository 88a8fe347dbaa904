"""Pages rendered by the crawler's browser: what it sees, what it must not reach, and how it ends."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from browser.chromium import find_chromium
from browser.reaches import REACHES
from browser.shop import Canary, Shop
from system.crawler_process import Child, Start, start

from crawler.browser_process import descendants

pytestmark = pytest.mark.system

__all__ = ["start"]  # fixtures

WEBP = b"RIFF"
SHELL = """<div id=app></div><script>
  document.getElementById('app').innerHTML =
    '<h1>Stem cells</h1><p>The treatment costs 9,500 euros.</p><footer>Not approved by the FDA.</footer>';
</script>"""


@pytest.fixture(scope="module", autouse=True)
def _needed() -> None:
    missing = [
        name
        for name, is_there in (("playwright", find_spec("playwright")), ("Chromium", find_chromium()))
        if not is_there
    ]
    if missing:
        pytest.skip(f"needs {' and '.join(missing)}")


@pytest.fixture
def shop() -> Iterator[Shop]:
    one = Shop()
    yield one
    one.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    one = Canary()
    yield one
    one.close()


def settings(*ports: int, **more: Any) -> dict[str, Any]:
    return {
        "contact": "test@clinicwatch.example",
        "allow_addresses": [f"127.0.0.1:{port}" for port in ports],
        "delay_s": 0.0,
        "deadline_s": 20.0,
        "retries": 0,
        "browser_settle_s": 1.0,
        "browser_wait_for_s": 1.5,
        "browser_executable": find_chromium() or "",
        **more,
    }


@pytest.fixture
def render(shop: Shop) -> Iterator[Callable[..., dict[str, Any]]]:
    """Renders a page with a crawler of its own, which is closed at the end."""
    children: list[Child] = []

    def call(url: str, rendering: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        children.append(Child(**settings(shop.port, **more)))
        return look(children[-1], url, **(rendering or {}))

    yield call
    for child in children:
        assert child.close() == 0, child.errors
        assert complaints(child) == ""


def look(child: Child, url: str, **rendering: Any) -> dict[str, Any]:
    message = child.wait(child.send(url, rendering=rendering), 60)
    result: dict[str, Any] = message["result"]
    return result


def complaints(child: Child) -> str:
    """What the crawler wrote to standard error; root is told that Chromium has no sandbox then."""
    return "".join(line for line in child.errors.splitlines(keepends=True) if "without its sandbox" not in line)


def verdict(result: dict[str, Any]) -> str:
    return str(result["reason"] or result["outcome"])


def document(result: dict[str, Any]) -> str:
    return base64.b64decode(result["exchange"]["body"]["b64"]).decode("utf-8-sig")


def kept(result: dict[str, Any], name: str) -> bytes:
    return base64.b64decode(result["exchange"]["rendered"][name]["b64"])


def wait_until(is_so: Callable[[], bool], limit_s: float = 15.0) -> bool:
    end = time.monotonic() + limit_s
    while not (so := is_so()) and time.monotonic() < end:
        time.sleep(0.05)
    return so


Render = Callable[..., dict[str, Any]]


def test_text_that_a_script_makes_is_the_page(shop: Shop, render: Render) -> None:
    result = render(shop.page("/", SHELL))
    assert verdict(result) == "ok", result["detail"]
    assert "costs 9,500 euros" in document(result)
    assert b"<h1>" not in kept(result, "raw_body").partition(b"<script>")[0], "the answer itself, not the document"
    assert kept(result, "raw_body") == shop.answers["/"][1]  # type: ignore[index]
    picture = kept(result, "screenshot")
    assert picture[:4] == WEBP
    assert picture[8:12] == b"WEBP"
    assert len(picture) > 1000
    assert shop.paths().count("/") == 1, "the page itself is asked for once"
    assert "rendered by Chromium" in result["detail"]


def test_without_a_setting_nothing_is_rendered(shop: Shop, start: Start) -> None:
    child = Child(**settings(shop.port))
    result = child.fetch(shop.page("/", SHELL))
    assert result["exchange"]["rendered"] is None
    assert document(result) == shop.answers["/"][1].decode()  # type: ignore[index, union-attr]
    assert child.close() == 0


def test_scripts_and_data_of_the_site_are_loaded_and_say_who_asks(shop: Shop, render: Render) -> None:
    shop.answers["/app.js"] = (
        "text/javascript",
        b"fetch('/prices.json').then(r => r.json()).then(p => { document.body.append('costs ' + p.price) })",
    )
    shop.answers["/prices.json"] = ("application/json", b'{"price": "7,777 euros"}')
    result = render(shop.page("/", "<script src=/app.js></script>"))
    assert "costs 7,777 euros" in document(result)
    agents = {headers["User-Agent"] for path, headers in shop.asked}
    assert agents == {"Clinicwatch/0.1 (+test@clinicwatch.example)"}


def test_what_stands_in_shadow_trees_is_read_where_it_is_shown(shop: Shop, render: Render) -> None:
    body = """<my-card><span slot=price>4,200 euros</span></my-card><script>
      customElements.define('my-card', class extends HTMLElement { constructor() { super();
        this.attachShadow({mode: 'open'}).innerHTML = '<p>Package: <slot name=price></slot> in total</p>'; }});
    </script>"""
    text = document(render(shop.page("/", body)))
    assert '<p>Package: <slot name="price"><span slot="price">4,200 euros</span></slot> in total</p>' in text


def test_a_consent_button_is_clicked_and_what_comes_after_is_seen(shop: Shop, render: Render) -> None:
    body = """<div id=wall><p>We value your privacy</p><button id=accept>Accept</button></div><main></main><script>
      document.getElementById('accept').onclick = () => { document.cookie = 'consent=1'; location.reload(); };
      if (document.cookie.includes('consent')) {
        document.getElementById('wall').remove();
        document.querySelector('main').textContent = 'The treatment is not a cure.';
      }</script>"""
    result = render(shop.page("/", body), {"click": ["#accept"]})
    assert verdict(result) == "ok", result["detail"]
    assert "The treatment is not a cure." in document(result).partition("<script>")[0]
    assert "We value your privacy" not in document(result)


def test_no_cookie_of_one_look_is_there_on_the_next_and_a_missing_button_is_no_fault(shop: Shop, start: Start) -> None:
    body = """<p>x</p><script>document.body.append('cookies: [' + document.cookie + localStorage.length + ']');
      document.cookie = 'seen=1; max-age=9999'; localStorage.setItem('seen', 1)</script>"""
    child = Child(**settings(shop.port))
    url = shop.page("/", body)
    for _ in range(2):
        result = look(child, url, click=["#gone"])
        assert "cookies: [0]" in document(result)
        assert "nothing to click at #gone" in result["detail"]
    assert child.close() == 0


def test_what_comes_late_is_waited_for(shop: Shop, render: Render) -> None:
    body = """<p>Prices</p><script>
      setTimeout(() => document.body.insertAdjacentHTML('beforeend', '<b class=price>500 euros</b>'), 1500)
    </script>"""
    result = render(shop.page("/", body), {"wait_for": [".price"]}, browser_wait_for_s=10.0)
    assert "500 euros" in document(result).partition("<script>")[2].partition("</script>")[2]


def test_what_never_comes_is_no_page_but_what_was_seen_is_kept(shop: Shop, render: Render) -> None:
    result = render(shop.page("/", "<p>Only a shell</p>"), {"wait_for": [".price"]})
    assert verdict(result) == "js_shell"
    assert result["outcome"] == "blocked"
    assert ".price did not appear within 1.5 s" in result["detail"]
    assert "Only a shell" in document(result)
    assert kept(result, "screenshot")[:4] == WEBP


def test_nothing_that_a_page_asks_for_reaches_a_forbidden_address(shop: Shop, canary: Canary) -> None:
    def away(request: Any) -> None:
        request.send_response(302)
        request.send_header("Location", f"http://127.0.0.1:{canary.port}/")
        request.send_header("Content-Length", "0")
        request.end_headers()

    shop.answers["/away"] = away
    child = Child(**settings(shop.port, browser_settle_s=0.7))
    reached = []
    refused = []
    for name, words in REACHES.items():
        result = look(child, shop.page("/", "<p>The page itself</p>" + words.replace("PORT", str(canary.port))))
        assert "The page itself" in document(result), (name, result["detail"])
        if canary.visitors:
            reached.append(name)
            canary.visitors = 0
        if "refused: ssrf." in result["detail"]:
            refused.append(name)
    assert child.close() == 0
    assert reached == []
    assert {"image", "name", "odd spelling", "script", "frame", "fetch", "WebSocket", "redirect of a part"} <= set(
        refused
    )
    assert canary.visitors == 0


def test_the_same_page_reaches_what_is_permitted(shop: Shop, canary: Canary) -> None:
    """The canary sings where it may: the test above would notice."""
    child = Child(**settings(shop.port, canary.port))
    for name in ("image", "fetch", "WebSocket"):
        before = canary.visitors
        look(child, shop.page("/", REACHES[name].replace("PORT", str(canary.port))))
        assert canary.visitors > before, name
    assert child.close() == 0


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://127.0.0.1:{canary}/", "ssrf.port"),
        ("http://10.0.0.1/", "ssrf.private_ip"),
        ("https://elsewhere.example/", "redirect.offsite"),
        ("/other-page", "redirect.meta"),
    ],
)
def test_a_script_that_leads_elsewhere_is_not_followed(
    target: str, reason: str, shop: Shop, canary: Canary, render: Render
) -> None:
    target = target.format(canary=canary.port)
    result = render(shop.page("/", f"<p>One moment</p><script>location = '{target}'</script>"))
    assert verdict(result) in (reason, "ssrf.private_ip" if reason == "ssrf.port" else reason)
    assert result["outcome"] == "refused"
    assert canary.visitors == 0
    assert shop.paths("/other-page") == []


def test_a_script_that_never_ends_is_ended_and_the_next_page_is_rendered(shop: Shop) -> None:
    child = Child(**settings(shop.port, deadline_s=4.0))
    started = time.monotonic()
    result = look(child, shop.page("/spin", "<p>x</p><script>setTimeout(() => { for (;;); }, 100)</script>"))
    assert verdict(result) == "parse.timeout", result["detail"]
    assert time.monotonic() - started < 12
    assert base64.b64decode(result["exchange"]["body"]["b64"]) == shop.answers["/spin"][1], "the answer is kept"  # type: ignore[index]
    assert verdict(look(child, shop.page("/", SHELL))) == "ok"
    assert child.close() == 0


def test_a_part_that_never_comes_holds_nothing_up_unless_the_page_cannot_be_without(shop: Shop) -> None:
    shop.answers["/never"] = shop.hold
    child = Child(**settings(shop.port, deadline_s=5.0))
    result = look(child, shop.page("/", "<p>Here already</p><img src=/never>"))
    assert verdict(result) == "ok", result["detail"]
    assert "still loading after 1 s" in result["detail"]
    result = look(child, shop.page("/blocked", "<script src=/never></script><p>Not yet</p>"))
    assert verdict(result) == "timeout.total", result["detail"]
    shop.held.set()
    assert child.close() == 0


def test_what_takes_too_much_memory_is_ended(shop: Shop, render: Render) -> None:
    hog = "<script>const kept = []; setInterval(() => kept.push(new Uint8Array(64e6).fill(1)), 20)</script>"
    result = render(
        shop.page("/", hog), {"wait_for": [".never"]}, browser_memory_bytes=900_000_000, browser_wait_for_s=15.0
    )
    assert verdict(result) in ("parse.memory", "parse.crash"), result["detail"]


def test_what_loads_too_much_is_no_page(shop: Shop, render: Render) -> None:
    shop.answers["/big"] = ("application/octet-stream", b"x" * 3_000_000)
    loads = "<script>for (const n of [1, 2, 3]) fetch('/big?' + n)</script>"
    result = render(shop.page("/", loads), browser_max_bytes=4_000_000)
    assert verdict(result) == "too_large.wire", result["detail"]


def test_what_becomes_too_large_is_no_page(shop: Shop, render: Render) -> None:
    grows = "<script>document.body.append('x'.repeat(3e6))</script>"
    result = render(shop.page("/", grows), max_decoded_bytes=1_000_000)
    assert verdict(result) == "too_large.decoded", result["detail"]


def test_a_killed_browser_is_one_bad_look(shop: Shop) -> None:
    child = Child(**settings(shop.port))
    url = shop.page("/", SHELL)
    assert verdict(look(child, url)) == "ok"
    (worker, *_), family = descendants(child._process.pid), descendants(child._process.pid)
    assert len(family) > 3
    shop.answers["/never"] = shop.hold
    number = child.send(shop.page("/wait", "<img src=/never>"), rendering={})
    assert wait_until(lambda: "/never" in shop.paths())
    os.kill(worker, signal.SIGKILL)
    assert verdict(child.wait(number)["result"]) == "parse.crash"
    assert verdict(look(child, url)) == "ok"
    assert child.close() == 0
    assert wait_until(lambda: not any(map(is_alive, family)))


def test_a_look_that_is_given_up_takes_its_browser_along(shop: Shop) -> None:
    shop.answers["/never"] = shop.hold
    child = Child(**settings(shop.port))
    number = child.send(shop.page("/wait", "<script src=/never></script>"), rendering={})
    assert wait_until(lambda: "/never" in shop.paths())
    family = descendants(child._process.pid)
    started = time.monotonic()
    child.cancel(number)
    assert child.wait(number).get("cancelled")
    assert child.close() == 0, child.errors
    assert time.monotonic() - started < 8, "a daemon stops within 10 s"
    assert wait_until(lambda: not any(map(is_alive, family)))
    assert complaints(child) == ""


def test_pages_take_turns_and_others_are_not_held_up(shop: Shop) -> None:
    """Three renderings at once are one after the other; a plain page of another origin comes first."""
    shop.answers["/never"] = shop.hold
    other = Shop()
    child = Child(**settings(shop.port, other.port, deadline_s=6.0))
    slow = child.send(shop.page("/slow", "<script src=/never></script>"), rendering={})
    assert wait_until(lambda: "/never" in shop.paths())
    rendered = child.send(other.page("/", SHELL), rendering={})
    plain = child.send(other.page("/plain", "<p>x</p>"))
    answers = {number: child.wait(number, 60)["result"] for number in (plain, slow, rendered)}
    assert verdict(answers[slow]) == "timeout.total"
    assert verdict(answers[rendered]) == "ok", "its own deadline begins with its turn"
    assert verdict(answers[plain]) == "ok"
    shop.held.set()
    other.close()
    assert child.close() == 0


def test_no_browser_outlives_a_crawler_that_was_killed(shop: Shop) -> None:
    child = Child(**settings(shop.port))
    assert verdict(look(child, shop.page("/", SHELL))) == "ok"
    family = descendants(child._process.pid)
    assert len(family) > 3
    child._process.kill()
    child._process.wait()
    assert wait_until(lambda: not any(map(is_alive, family))), [pid for pid in family if is_alive(pid)]
    child.close()


def test_an_idle_browser_is_ended(shop: Shop) -> None:
    child = Child(**settings(shop.port, browser_idle_s=0.2))
    assert verdict(look(child, shop.page("/", SHELL))) == "ok"
    assert wait_until(lambda: descendants(child._process.pid) == [])
    assert verdict(look(child, shop.page("/", SHELL))) == "ok"
    assert child.close() == 0


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state != "Z"


def test_a_browser_that_does_not_start_says_so(shop: Shop, render: Render, tmp_path: Path) -> None:
    result = render(shop.page("/", SHELL), browser_executable=str(tmp_path / "no-browser"))
    assert verdict(result) == "internal"
    assert "the browser does not start" in result["detail"]
    assert "no-browser" in result["detail"]


def test_what_is_no_html_is_not_opened(shop: Shop, render: Render) -> None:
    shop.answers["/list.txt"] = ("text/plain", b"Prices: 500 euros")
    result = render(shop.url + "/list.txt")
    assert verdict(result) == "ok"
    assert result["exchange"]["rendered"] is None


WITHOUT = """
import sys
import crawler.browser_process as process
process.find_spec = lambda name: None
from crawler.session import open_crawler, run
from crawler.settings import CrawlSettings
from crawler.types import Rendering, Target

async def main():
    async with open_crawler(CrawlSettings(allow_addresses=(sys.argv[1],), delay_s=0.0)) as crawler:
        result = await crawler.fetch(Target(f"http://{sys.argv[1]}/", rendering=Rendering()))
        print(result.outcome, result.reason, result.detail)

run(main)
"""


def test_without_the_extra_the_look_says_how_to_install_it(shop: Shop) -> None:
    shop.page("/", SHELL)
    command = [sys.executable, "-c", WITHOUT, f"127.0.0.1:{shop.port}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("fetch_error internal render = 'browser' needs the extra `browser`: pip install"), (
        done
    )
