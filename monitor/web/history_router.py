"""The addresses of the history, and who may ask for them.

/history/                  clinics            /history/page/ID/at?day=2026-05-03   what it said on a day
/history/search?q=WORDS    what was ever said /history/page/ID/N                   one version
/history/clinic/SLUG       its pages          /history/page/ID/N/raw               its exact bytes, to be saved
/history/page/ID           versions, looks    /history/page/ID/A/B                 what differs
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from monitor.errors import NotFoundError
from monitor.web.environment import Page
from monitor.web.history import History

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
PROXY_HEADERS = ("X-Forwarded-For", "Forwarded", "Via")
RAW_HEADERS = {"Content-Security-Policy": "default-src 'none'; sandbox"}

Id = Annotated[int, Path(ge=1, lt=2**63)]
Number = Annotated[int, Path(ge=1, lt=2**31)]
Slug = Annotated[str, Path(max_length=200)]
Words = Annotated[str, Query(max_length=500)]


def make_history_router(history: History, *, local: bool) -> APIRouter:
    """All addresses of the history; with `local` they are there for browsers on this machine alone."""

    def guard(request: Request) -> None:
        if local and not is_from_here(request):
            raise HTTPException(404)

    router = APIRouter(prefix="/history", dependencies=[Depends(guard)])
    _add_lists(router, history)
    _add_versions(router, history)
    return router


def is_from_here(request: Request) -> bool:
    """Whether a browser on this machine asks us itself: no proxy between, and by a name that is this machine's (a page
    elsewhere may have bound its own name to 127.0.0.1)."""
    if request.client is None or any(name in request.headers for name in PROXY_HEADERS):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback and request.url.hostname in LOCAL_NAMES
    except ValueError:
        return False


def _add_lists(router: APIRouter, history: History) -> None:
    @router.get("/")
    def clinics() -> Response:
        return _answer(history, history.home)

    @router.get("/search")
    def search(q: Words = "") -> Response:
        return _answer(history, lambda: history.search(q))

    @router.get("/clinic/{slug}")
    def clinic(slug: Slug) -> Response:
        return _answer(history, lambda: history.clinic(slug))

    @router.get("/page/{id_}")
    def page(id_: Id) -> Response:
        return _answer(history, lambda: history.page(id_))


def _add_versions(router: APIRouter, history: History) -> None:
    @router.get("/page/{id_}/at")
    def at(id_: Id, day: date) -> Response:
        return _answer(history, lambda: history.version(id_, None, day))

    @router.get("/page/{id_}/{number}")
    def version(id_: Id, number: Number) -> Response:
        return _answer(history, lambda: history.version(id_, number))

    @router.get("/page/{id_}/{number}/raw")
    def raw(id_: Id, number: Number) -> Response:
        try:
            found = history.raw(id_, number)
        except NotFoundError as error:
            return _html(history.missing(error))
        headers = RAW_HEADERS | {"Content-Disposition": f'attachment; filename="{found.name}"'}
        return Response(found.content, media_type="application/octet-stream", headers=headers)

    @router.get("/page/{id_}/{before}/{after}")
    def difference(id_: Id, before: Number, after: Number) -> Response:
        return _answer(history, lambda: history.difference(id_, before, after))


def _answer(history: History, make: Callable[[], Page]) -> Response:
    try:
        return _html(make())
    except NotFoundError as error:
        return _html(history.missing(error))


def _html(page: Page) -> Response:
    return HTMLResponse(page.html, page.status)
