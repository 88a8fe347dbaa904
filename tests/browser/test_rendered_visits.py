"""Rendered pages through the command line: stored, compared, shown, and held back when they break the browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from browser.chromium import find_chromium
from browser.shop import Shop
from sqlalchemy import Engine, text

from monitor.config import Config

pytestmark = pytest.mark.system

ROOT = Path(__file__).parents[2]
FILLER = "".join(f"<p>Our doctors explain step {n} of the consultation with care and patience.</p>" for n in range(12))
SHOWN = FILLER + "<h2>Prices</h2><p>One treatment costs {price} euros.</p><p>The treatment is not a cure.</p>"


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


Call = Callable[..., str]


@pytest.fixture
def clinicwatch(shop: Shop, config: Config, tmp_path: Path) -> Call:
    """Runs a command against the test's database; gives what it printed."""
    file = tmp_path / "clinicwatch.toml"
    crawler = {
        "allow_addresses": [f"127.0.0.1:{shop.port}"],
        "delay_s": 0.0,
        "deadline_s": 8.0,
        "retries": 0,
        "browser_settle_s": 0.5,
        "browser_wait_for_s": 1.0,
        "browser_executable": find_chromium(),
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in crawler.items()]
    file.write_text("\n".join(["[crawler]", *lines, "[schedule]", "ask_for_missing_page = false"]), encoding="utf-8")

    def call(*words: str, binary: bool = False) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "monitor.cli.main", "--config", str(file), *words],
            cwd=ROOT,
            env={**os.environ, "CLINICWATCH_DATABASE_URL": config.database_url},
            capture_output=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout if binary else done.stdout.decode()

    return call


def visit(clinicwatch: Call, url: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(clinicwatch("visit", url, "--looks", "1", "--json"))
    return answer


def serve(shop: Shop, price: str, *, nonce: str = "1") -> str:
    """The shop's page: a shell whose script fetches what is shown."""
    shop.answers["/shown"] = ("text/html", SHOWN.format(price=price).encode())
    return shop.page(
        "/",
        f"<!-- {nonce} --><main></main><script>fetch('/shown').then(r => r.text())"
        ".then(words => { document.querySelector('main').innerHTML = words })</script>",
    )


def test_a_price_that_a_script_writes_is_watched(clinicwatch: Call, shop: Shop, engine: Engine, tmp_path: Path) -> None:
    url = serve(shop, "9,500")
    clinicwatch("pages", "add", url, "--clinic", "shop", "--language", "en", "--render", "browser", "--wait-for", "h2")
    first = visit(clinicwatch, url)
    assert (first["outcome"], first["snapshot"]) == ("ok", 1)
    assert "One treatment costs 9,500 euros." in first["text"]

    again = visit(clinicwatch, serve(shop, "9,500", nonce="2"))
    assert (again["outcome"], again["snapshot"], again["changes"]) == ("ok", 1, [])

    raised = visit(clinicwatch, serve(shop, "12,000", nonce="2"))
    assert [(one["family"], one["direction"]) for one in raised["changes"]] == [("price", "increased")]

    picture = tmp_path / "picture.webp"
    clinicwatch("show", url, "--version", "1", "--screenshot", str(picture))
    assert picture.read_bytes()[8:12] == b"WEBP"
    raw = clinicwatch("show", url, "--raw", binary=True)
    assert raw == shop.answers["/"][1]  # type: ignore[index]
    assert b"12,000 euros" in clinicwatch("show", url, "--document", binary=True)
    assert "screenshot sha256" in clinicwatch("show", url)
    assert "wait_for: h2" in clinicwatch("pages", "set", url)
    clinicwatch("verify")
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT raw_body_sha256, screenshot_sha256 FROM capture ORDER BY id")).all()
        chained = connection.execute(text("SELECT content FROM record ORDER BY number")).scalars().all()
    assert [picture is not None for _, picture in kept] == [True, False, True], "a picture for each version"
    assert all(raw is not None for raw, _ in kept)
    for (raw_sha256, picture_sha256), content in zip(kept, chained, strict=True):
        record = json.loads(bytes(content))["visit"]
        assert record["raw_body_sha256"] == raw_sha256.hex()
        assert record["screenshot_sha256"] == (picture_sha256.hex() if picture_sha256 else None)


def test_to_have_a_page_rendered_is_no_change_of_the_page(clinicwatch: Call, shop: Shop) -> None:
    words = FILLER + "<p>One treatment costs 9,500 euros.</p><div id=more></div>"
    more = "<script>document.getElementById('more').textContent = 'Treatment cures 90 % of all patients.'</script>"
    url = shop.page("/", words + more)
    clinicwatch("pages", "add", url, "--clinic", "shop", "--language", "en")
    assert visit(clinicwatch, url)["snapshot"] == 1
    assert "render: browser" in clinicwatch("pages", "set", url, "--render", "browser")
    rendered = visit(clinicwatch, url)
    assert (rendered["outcome"], rendered["snapshot"], rendered["changes"]) == ("ok", 2, [])
    assert "cures 90 %" in rendered["text"]

    shop.page("/", words.replace("9,500", "11,000") + more)
    assert [one["family"] for one in visit(clinicwatch, url)["changes"]] == ["price"]

    clinicwatch("pages", "set", url, "--clear", "render")
    assert visit(clinicwatch, url)["changes"] == []


def test_a_price_raised_while_rendering_was_switched_on_is_told(clinicwatch: Call, shop: Shop) -> None:
    words = FILLER + "<p>One treatment costs {} euros.</p><script>document.body.append('Cures everyone.')</script>"
    url = shop.page("/", words.format("9,500"))
    clinicwatch("pages", "add", url, "--clinic", "shop", "--language", "en")
    visit(clinicwatch, url)
    clinicwatch("pages", "set", url, "--render", "browser")
    shop.page("/", words.format("11,000"))
    assert [(one["family"], one["direction"]) for one in visit(clinicwatch, url)["changes"]] == [("price", "increased")]


def test_a_page_that_breaks_the_browser_twice_is_in_quarantine(clinicwatch: Call, shop: Shop) -> None:
    url = shop.page("/", SHOWN.format(price="9,500") + "<script>setTimeout(() => { for (;;); }, 50)</script>")
    clinicwatch("pages", "add", url, "--clinic", "shop", "--language", "en", "--render", "browser")
    for _ in range(2):
        answer = visit(clinicwatch, url)
        assert (answer["outcome"], answer["reason"]) == ("extract_error", "parse.timeout")
    held = visit(clinicwatch, url)
    assert held["outcome"] == "extract_error"
    assert held["seconds"] < 4, "it was not opened again"
    assert "active, quarantined" in clinicwatch("pages", "list")
    assert json.loads(clinicwatch("pages", "list", "--json"))["quarantined"] is True

    shop.page("/", SHOWN.format(price="9,500"))
    clinicwatch("pages", "resume", url)
    assert visit(clinicwatch, url)["outcome"] == "ok"
    assert "quarantined" not in clinicwatch("pages", "list")
