"""The web application: addresses, and what every answer has in common.

/c/CODE             confirm a subscription            /feeds/CLINIC.atom   changes on a clinic's pages
/p/ID/SIG           preferences                       /feed/ID/SIG         changes a subscription was told of
/u/ID/SIG           end it (also one click, RFC 8058) /metrics             for Prometheus; not for the public
/f/ID/CHANGE/SIG    false alarm                       /m/ID/CHANGE/SIG     hear less of this
/history/…          what was seen (`web.history`)
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from importlib import resources
from typing import TYPE_CHECKING, Annotated
from urllib.parse import parse_qsl, quote

from fastapi import Depends, FastAPI, HTTPException, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, PlainTextResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from crawler.guard import is_public
from monitor.alerts.catalogue import catalogue
from monitor.alerts.headers import parse_mailbox
from monitor.alerts.links import Links, check_base_url
from monitor.config import Config
from monitor.errors import NotFoundError
from monitor.store.feeds import list_clinic_changes, list_subscription_changes
from monitor.store.metrics import read_metrics
from monitor.store.secrets import link_key
from monitor.web import feeds, metrics
from monitor.web.environment import Page
from monitor.web.history import History
from monitor.web.history_router import make_history_router
from monitor.web.language import pick_language
from monitor.web.pages import BadLinkError, Pages
from monitor.web.rate import BAD_LINK_COST, RateLimit

if TYPE_CHECKING:
    from sqlalchemy import Engine

MAX_FORM_BYTES = 16_384
METRICS_FOR_S = 5.0  # scraped more often, the same answer

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; sandbox allow-forms allow-same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

Id = Annotated[int, Path(ge=1, lt=2**63)]
Signature = Annotated[str, Path(min_length=24, max_length=24)]
Code = Annotated[str, Path(min_length=1, max_length=100)]
Slug = Annotated[str, Path(max_length=200)]


async def _read_form(request: Request) -> dict[str, str]:
    """The fields of a posted form, urlencoded or absent; the last of several stands."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_FORM_BYTES:
            raise HTTPException(413)
    fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=100)
    return {name: value.replace("\x00", "") for name, value in fields}


Form = Annotated[dict[str, str], Depends(_read_form)]


def make_app(engine: Engine, config: Config) -> FastAPI:
    """The application over one store. Raises ConfigError for a base URL or secret that will not do."""
    with engine.begin() as connection:
        links = Links(check_base_url(config.web.base_url), link_key(connection, config))
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    pages = Pages(engine, links, parse_mailbox(config.alerts.sender).domain)
    rate = RateLimit(config.web.requests_per_minute)
    _add_pages(app, pages)
    _add_feeds(app, engine, links)
    _add_metrics(app, engine)
    if config.web.history != "off":
        local = config.web.history == "local"
        app.include_router(make_history_router(History(engine, "" if local else links.base_url), local=local))
    _add_errors(app, pages, rate)
    _add_guard(app, pages, rate)
    return app


def _add_pages(app: FastAPI, pages: Pages) -> None:
    @app.get("/")
    def home(request: Request) -> Response:
        return _html(pages.home(_language(request)))

    @app.get("/c/{code}")
    def show_confirmation(code: Code, request: Request) -> Response:
        return _html(pages.show_confirmation(code, _language(request)))

    @app.post("/c/{code}")
    def take_confirmation(code: Code, request: Request) -> Response:
        return _html(pages.take_confirmation(code, _language(request)))

    @app.get("/u/{id_}/{signature}")
    def show_unsubscribe(id_: Id, signature: Signature) -> Response:
        return _html(pages.show_unsubscribe(id_, signature))

    @app.post("/u/{id_}/{signature}")
    def take_unsubscribe(id_: Id, signature: Signature) -> Response:
        return _html(pages.take_unsubscribe(id_, signature))

    @app.get("/p/{id_}/{signature}")
    def show_preferences(id_: Id, signature: Signature) -> Response:
        return _html(pages.show_preferences(id_, signature))

    @app.post("/p/{id_}/{signature}")
    def take_preferences(id_: Id, signature: Signature, form: Form) -> Response:
        return _html(pages.take_preferences(id_, signature, form))

    @app.get("/f/{id_}/{change_id}/{signature}")
    def show_alarm(id_: Id, change_id: Id, signature: Signature) -> Response:
        return _html(pages.show_alarm(id_, change_id, signature))

    @app.post("/f/{id_}/{change_id}/{signature}")
    def take_alarm(id_: Id, change_id: Id, signature: Signature, form: Form) -> Response:
        return _html(pages.take_alarm(id_, change_id, signature, form))

    @app.get("/m/{id_}/{change_id}/{signature}")
    def show_mute(id_: Id, change_id: Id, signature: Signature) -> Response:
        return _html(pages.show_mute(id_, change_id, signature))

    @app.post("/m/{id_}/{change_id}/{signature}")
    def take_mute(id_: Id, change_id: Id, signature: Signature, form: Form) -> Response:
        return _html(pages.take_mute(id_, change_id, signature, form))

    style = resources.files("monitor.web").joinpath("templates/style.css").read_text(encoding="utf-8")

    @app.get("/style.css")
    def show_style() -> Response:
        return Response(style, media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})


def _add_feeds(app: FastAPI, engine: Engine, links: Links) -> None:
    @app.get("/feeds/{slug}.atom")
    def clinic_feed(slug: Slug, request: Request) -> Response:
        say = catalogue("en")
        with engine.connect() as connection:
            name, told = list_clinic_changes(connection, slug, feeds.ENTRIES)
        title = say("web.clinic_feed", clinic=name)
        itself = f"{links.base_url}/feeds/{quote(slug)}.atom"
        return _feed(request, feeds.render_feed(feeds.About(title, f"clinic/{slug}", itself), told, say))

    @app.get("/feed/{id_}/{signature}")
    def own_feed(id_: Id, signature: Signature, request: Request) -> Response:
        with Pages(engine, links).asked("feed", id_, signature) as asked:
            told = list_subscription_changes(asked.connection, id_, feeds.ENTRIES)
        itself = links.link("feed", asked.subscription)
        about = feeds.About(asked.say("web.own_feed", id=id_), f"subscription/{id_}", itself)
        return _feed(request, feeds.render_feed(about, told, asked.say))


def _add_metrics(app: FastAPI, engine: Engine) -> None:
    kept: list[tuple[float, str]] = []

    @app.get("/metrics")
    def show_metrics(request: Request) -> Response:
        if _is_from_outside(request):
            raise HTTPException(403)
        now = time.monotonic()
        if not kept or now - kept[-1][0] > METRICS_FOR_S:
            with engine.connect() as connection:
                kept[:] = [(now, metrics.render_metrics(read_metrics(connection)))]
        return PlainTextResponse(kept[-1][1], media_type=metrics.CONTENT_TYPE)


def _add_errors(app: FastAPI, pages: Pages, rate: RateLimit) -> None:
    async def bad_link(request: Request, _: Exception) -> Response:
        rate.take(_address(request), time.monotonic(), BAD_LINK_COST)
        return _html(pages.message(catalogue(_language(request)), "bad_link", status=404))

    async def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, StarletteHTTPException) else 500
        if status == 404:
            return await bad_link(request, error)
        if status == 413:
            say = catalogue(_language(request))
            return _html(pages.message(say, "wrong", status=413, lines=[say("web.too_large")]))
        headers = error.headers if isinstance(error, StarletteHTTPException) else None
        return PlainTextResponse(f"{status} {HTTPStatus(status).phrase}\n", status, headers)

    for kind in (BadLinkError, NotFoundError, RequestValidationError):
        app.add_exception_handler(kind, bad_link)
    app.add_exception_handler(StarletteHTTPException, refused)


def _add_guard(app: FastAPI, pages: Pages, rate: RateLimit) -> None:
    @app.middleware("http")
    async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        if rate.take(_address(request), time.monotonic()):
            response = await call_next(request)
        else:
            response = _html(pages.message(catalogue(_language(request)), "too_many", status=429))
            response.headers["Retry-After"] = "60"
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def _html(page: Page) -> Response:
    return HTMLResponse(page.html, page.status)


def _feed(request: Request, content: bytes) -> Response:
    """The feed, or 304 where the reader has it: readers ask often."""
    tag = hashlib.sha256(content).hexdigest()[:32]
    headers = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache"}
    if any(
        each.strip() in ("*", f'"{tag}"', f'W/"{tag}"') for each in request.headers.get("If-None-Match", "").split(",")
    ):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=feeds.CONTENT_TYPE, headers=headers)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _language(request: Request) -> str:
    return pick_language(request.headers.get("Accept-Language", ""))


def _is_from_outside(request: Request) -> bool:
    """Whether any address that is told of has asked: a reverse proxy that we do not trust tells of them too."""
    told = [_address(request)]
    for header in request.headers.getlist("X-Forwarded-For"):
        told += (each.strip() for each in header.split(","))
    return "Forwarded" in request.headers or any(map(is_public, told))
