"""The service among hostile pages: nobody waits for those that drip, no secret travels, whatever text survives."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

import tests.hostile.behaviours  # noqa: F401 - registers them
from monitor.config import project_home
from monitor.store.pages import add_clinic, add_page
from monitor.watchlist_entries import PageSettings
from tests.hostile.clinic import NEW_PRICE, OLD_PRICE, Clinic, page
from tests.hostile.drive import CONFIG, HOST, NAMES, Product
from tests.hostile.oddities import html_of
from tests.hostile.site import BEHAVIOURS, Site, Town, Visit

pytestmark = pytest.mark.system

DAEMON = Path(__file__).parents[1] / "system" / "daemon_child.py"


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


@pytest.fixture
def environment(database: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    values = {
        "CLINICWATCH_DATABASE_URL": database,
        "CLINICWATCH_HOME": str(project_home()),
        "PYTHONPATH": os.pathsep.join((str(project_home()), os.environ.get("PYTHONPATH", ""))),
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return {**os.environ, **values}


def configure(path: Path, *sites: Site, crawler: str = "", more: str = "") -> Path:
    """A configuration that permits these sites."""
    filled = CONFIG.format(
        addresses=json.dumps([f"127.0.0.1:{site.port}" for site in sites]),
        names=json.dumps([f"{name}=127.0.0.1" for name in NAMES]),
        ca_file="",
    )
    path.write_text(filled.replace("[extract]", f"{crawler}\n[extract]") + more, encoding="utf-8")
    return path


@contextmanager
def product_for(config: Path) -> Iterator[Product]:
    product = Product(config)
    try:
        yield product
    finally:
        assert product.close() == 0


def until(condition: Callable[[], bool], what: str, timeout_s: float) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, f"not within {timeout_s} s: {what}"
        time.sleep(0.02)


def test_ten_pages_that_drip_do_not_delay_twenty_that_answer(
    engine: Engine, environment: dict[str, str], town: Town, tmp_path: Path
) -> None:
    """All are due at once, the dripping ones first, and there are fewer hands than of those."""
    drips = [town.open(Site()) for _ in range(10)]
    honest = [town.open(Site()) for _ in range(20)]
    config = configure(
        tmp_path / "daemon.toml",
        *drips,
        *honest,
        crawler="robots = false",
        more="[schedule]\ntick_s = 0.1\nworkers = 8\n",
    )
    config.write_text(
        config.read_text(encoding="utf-8").replace("deadline_s = 2.5", "deadline_s = 40.0"), encoding="utf-8"
    )
    with engine.begin() as connection:
        clinic = add_clinic(connection, "clinic", "Clinic")
        for site in drips:
            add_page(connection, clinic.id, f"http://127.0.0.1:{site.port}/drip")
        connection.execute(text("UPDATE page SET next_visit_at = now() - interval '1 hour'"))
        for site in honest:
            add_page(connection, clinic.id, f"http://127.0.0.1:{site.port}/page")

    def seen(path: str) -> int:
        query = text("SELECT count(*) FROM visit JOIN page ON page.id = page_id WHERE url LIKE :path")
        with engine.connect() as connection:
            return int(connection.execute(query, {"path": f"%{path}"}).scalar_one())

    with (tmp_path / "log").open("wb") as log:
        daemon = subprocess.Popen([sys.executable, DAEMON, config], env=environment, stdout=log, stderr=log)
        try:
            until(lambda: any(site.requests for site in drips), "the first one drips", 30)
            began = time.monotonic()
            until(lambda: seen("/page") == 20, "every honest page was visited", 25)
            assert time.monotonic() - began < 15, "none waited for a deadline of 40 s"
            assert seen("/drip") == 0
            assert sum(bool(site.active) for site in drips) == 10, "they drip still"
        finally:
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(15) == 0


SECRETS = (("Authorization", "Basic c2VjcmV0"), ("Cookie", "session=secret"), ("X-Api-Key", "secret"))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_secrets_of_a_page_stay_with_its_host(
    status: int, engine: Engine, environment: dict[str, str], town: Town, tmp_path: Path
) -> None:
    heads: dict[str, bytes] = {}
    site = town.open(Site(clinic=Clinic()))

    async def secret(visit: Visit) -> None:
        heads[(visit.header("Host") or "").partition(":")[0]] = visit.head
        if visit.header("Host") == f"{HOST}:{site.port}":
            target = visit.path.partition("?")[2]
            location = f"http://{target}:{site.port}/secret".encode()
            await visit.page(b"", f"{status} Moved", Location=location)
        else:
            await visit.page(html_of(visit))

    BEHAVIOURS["/secret"] = secret
    targets = ("www.clinic.test", "other.test")
    with engine.begin() as connection:
        clinic = add_clinic(connection, "clinic", "Clinic")
        settings = PageSettings(headers=SECRETS, allow_hosts=("other.test",))
        urls = [
            add_page(connection, clinic.id, f"http://{HOST}:{site.port}/secret?{target}", settings=settings).url
            for target in targets
        ]
    with product_for(configure(tmp_path / "visit.toml", site)) as product:
        for url, target in zip(urls, targets, strict=True):
            heads.clear()
            assert product.visit(url)["outcome"] == "ok"
            assert all(f"{name}: {value}".encode() in heads[HOST] for name, value in SECRETS)
            assert b"secret" not in heads[target].replace(b"/secret", b"")
            assert b"c2VjcmV0" not in heads[target]
            assert b"Cookie" not in heads[target]


def test_validators_that_lie_are_found_out(environment: dict[str, str], town: Town, tmp_path: Path) -> None:
    """A server that answers 304 for ever, although the price has changed."""
    price = [OLD_PRICE]

    async def lying(visit: Visit) -> None:
        if visit.header("If-None-Match"):
            await visit.send(b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n')
        else:
            await visit.page(page("arthritis", price[0]), ETag=b'"1"')

    BEHAVIOURS["/lying"] = lying
    site = town.open(Site())
    with product_for(configure(tmp_path / "visit.toml", site, crawler="unconditional_every = 4")) as product:
        url = f"http://{HOST}:{site.port}/lying"
        assert product.visit(url)["outcome"] == "ok"
        price[0] = NEW_PRICE
        answers = [product.visit(url) for _ in range(4)]
    assert [answer["outcome"] for answer in answers] == ["unchanged", "unchanged", "unchanged", "ok"]
    assert [answer["http_status"] for answer in answers] == [304, 304, 304, 200]
    assert [len(answer["alerts"]) for answer in answers] == [0, 0, 0, 1]


def test_a_redirected_page_is_asked_for_by_what_gave_its_validators(
    environment: dict[str, str], town: Town, tmp_path: Path
) -> None:
    """304 where the page is now; and none where it was before, once it is back there."""
    moved = [True]

    async def old(visit: Visit) -> None:
        if moved[0]:
            await visit.page(b"", "302 Found", Location=b"/new_place")
        elif visit.header("If-None-Match"):
            await visit.send(b"HTTP/1.1 304 Not Modified\r\n\r\n")
        else:
            await visit.page(page("arthritis", NEW_PRICE))

    async def new(visit: Visit) -> None:
        if visit.header("If-None-Match") == '"new"':
            await visit.send(b"HTTP/1.1 304 Not Modified\r\n\r\n")
        else:
            await visit.page(page("arthritis"), ETag=b'"new"')

    BEHAVIOURS.update({"/old_place": old, "/new_place": new})
    site = town.open(Site())
    with product_for(configure(tmp_path / "visit.toml", site)) as product:
        url = f"http://{HOST}:{site.port}/old_place"
        assert product.visit(url)["outcome"] == "ok"
        assert product.visit(url)["http_status"] == 304
        moved[0] = False
        answer = product.visit(url)
    assert (answer["http_status"], len(answer["alerts"])) == (200, 1)


CLEAN = page("arthritis").replace(b"utf-8", b"UTF-8")
TEXTS: dict[str, bytes] = {
    "nul": CLEAN.replace(b"nurse", b"nur\x00se"),
    "surrogates as bytes": CLEAN.replace(b"nurse", b"nurse \xed\xa0\x80 \xed\xbf\xbf"),
    "surrogates as references": CLEAN.replace(b"nurse", b"nurse &#xD800; &#56320; &#0; &#x110000;"),
    "a line of a megabyte": CLEAN.replace(b"nurse", b"nurse " + b"x" * 1_000_000),
    "words of a megabyte": CLEAN.replace(b"nurse", b"nurse " + b"word " * 200_000),
    "a title of 100 KB": CLEAN.replace(b"<title>", b"<title>" + b"Title " * 17_000),
    "bidi and zero-width": CLEAN.replace(b"nurse", "\u202enurse\u202c \u200b\u2060\ufeff\u2066x\u2069".encode()),
    "broken utf-8": CLEAN.replace(b"nurse", b"nurse \xff\xfe\x80\xc0\xaf"),
    "terminal and mail controls": CLEAN.replace(b"nurse", b"nurse \x1b[31m\x07\x9b \x0b"),
    "astral": CLEAN.replace(b"nurse", "nurse 𝒜\U0010ffff\ufffe".encode()),
}


def test_any_text_is_stored_and_its_bytes_are_exact(environment: dict[str, str], town: Town, tmp_path: Path) -> None:
    async def text_page(visit: Visit) -> None:
        await visit.page(list(TEXTS.values())[int(visit.path.partition("?")[2])])

    BEHAVIOURS["/text"] = text_page
    site = town.open(Site())
    config = configure(tmp_path / "visit.toml", site)
    urls = {name: f"http://{HOST}:{site.port}/text?{number}" for number, name in enumerate(TEXTS)}
    with product_for(config) as product:
        for name, url in urls.items():
            answer = product.visit(url)
            assert (answer["outcome"], answer["reason"]) == ("ok", None), (name, answer)
            assert product.visit(url)["outcome"] == "unchanged", name
            assert "rest for two hours" in answer["text"], name
            assert not set(answer["text"]) & set("\x00\x1b\x07\u202e\u2066\u200b"), name
            answer["text"].encode("utf-8")
    command = [str(Path(sys.executable).with_name("clinicwatch")), "--config", str(config), "show"]
    for name, url in urls.items():
        raw = subprocess.run([*command, url, "--raw"], env=environment, capture_output=True, check=True, timeout=60)
        assert raw.stdout == TEXTS[name], name
    for name in ("nul", "terminal and mail controls"):
        shown = subprocess.run([*command, urls[name]], env=environment, capture_output=True, check=True, timeout=60)
        assert not set(shown.stdout) & set(b"\x00\x1b\x07"), name


BAD_SETTINGS = {
    "crawler.allow_addresses": ('allow_addresses = ["127.0.0.1"]', ("visit", "http://clinic.test/")),
    "crawler.ca_file": ('ca_file = "no-such.pem"', ("visit", "--server", "-")),
    "crawler.proxy": ('proxy = "http://proxy.example/"', ("inspect", "text", "http://clinic.test/")),
    "crawler.dns_hosts": ('dns_hosts = ["clinic.test"]', ("run",)),
}


@pytest.mark.parametrize("key", BAD_SETTINGS)
def test_a_crawler_setting_that_cannot_be_used_is_named(key: str, environment: dict[str, str], tmp_path: Path) -> None:
    setting, arguments = BAD_SETTINGS[key]
    config = tmp_path / "bad.toml"
    config.write_text(
        f'watchlist = "{tmp_path / "none.toml"}"\nseeds = "{tmp_path / "none.toml"}"\n[crawler]\n{setting}\n',
        encoding="utf-8",
    )
    command = [str(Path(sys.executable).with_name("clinicwatch")), "--config", str(config), *arguments]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 2, done.stderr
    assert key in done.stderr.splitlines()[-1]
