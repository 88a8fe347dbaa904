"""The clinics of the demo and their pages as HTML. Pure, apart from reading the package's own files once.

A page is made of three things: the clinic's wording (clinics.toml), the article text (seeds/), and the state that
the demo's edits have brought the clinic to. What real sites change on every request (nonce, CSRF token, view counter,
rotating testimonial) comes from the number of the request.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2
import msgspec

from monitor.demo.articles import Article, read_article, reorder_paragraphs, split_archive

_HERE: Final = Path(__file__).parent
_FIRST_VIEWS: Final = 10_233


class Post(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One article of a blog, on a page of its own."""

    path: str
    title: str
    date: str


class Clinic(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A clinic of clinics.toml: its wording, and where its text comes from."""

    slug: str
    name: str
    country: str
    language: str
    locale: str
    seed: str
    path: str
    layout: str
    accent: str
    font: str
    contact: str
    menu: tuple[str, ...]
    menu_added: str
    breadcrumbs: tuple[str, ...]
    banner: str
    banner_after: str
    banner_buttons: tuple[str, ...]
    popup_title: str
    popup_text: str
    popup_button: str
    updated: str
    updated_after: str
    views: str
    prices_title: str
    prices_head: tuple[str, ...]
    prices: tuple[tuple[str, ...], ...]
    testimonials_title: str
    testimonials: tuple[str, ...]
    related_title: str
    related: tuple[str, ...]
    hours_title: str
    hours: tuple[str, ...]
    disclaimer: str
    copyright: str
    not_found: str
    popup_done: str = ""
    packets: int = 0
    packet_title: str = ""
    packet_text: str = ""
    packet_done: str = ""
    comments_title: str = ""
    comments_text: str = ""
    comments_button: str = ""
    posts: tuple[Post, ...] = ()
    languages: tuple[str, ...] = ()
    furniture: tuple[str, ...] = ()  # seed lines that stand around the article: header, banner
    figures: tuple[str, ...] = ()
    etag: bool = False
    gzip: bool = False

    @property
    def host(self) -> str:
        """Its host name: names below .localhost are loopback for browsers too (RFC 6761)."""
        return f"{self.slug}.localhost"

    @property
    def paths(self) -> tuple[str, ...]:
        """Every page under watch: that of the seed first, then the posts."""
        return (self.path, *(post.path for post in self.posts))


class Answer(StrEnum):
    """What a path answers with instead of its page."""

    GONE = "gone"
    WALL = "wall"


@dataclass(frozen=True, slots=True)
class Rewording:
    """`old` becomes `new` in a clinic's text and price table; "" for `new` takes it out."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class ClinicState:
    """What the edits have made of a clinic so far.

    `answers` has for a path what it answers with, and for how many requests more (None: until further notice).
    `revision` counts the edits.
    """

    rewordings: tuple[Rewording, ...] = ()
    noise: bool = False
    disclaimer: bool = True
    answers: dict[str, tuple[Answer, int | None]] = field(default_factory=dict)
    revision: int = 0


@cache
def load_clinics() -> tuple[Clinic, ...]:
    """The clinics of clinics.toml, in its order."""
    raw: dict[str, Any] = tomllib.loads((_HERE / "clinics.toml").read_text(encoding="utf-8"))
    return tuple(msgspec.convert(raw["clinic"], list[Clinic]))


def reword(text: str, rewordings: tuple[Rewording, ...]) -> str:
    """`text` with every rewording applied wherever its words stand."""
    for rewording in rewordings:
        text = text.replace(rewording.old, rewording.new)
    return text


def render_page(clinic: Clinic, path: str, seed: str, state: ClinicState, request: int) -> str:
    """The HTML of the page at `path`; `seed` is the clinic's seed text, `request` the number of this request.

    Raises KeyError for a path that the clinic does not have.
    """
    if path not in clinic.paths:
        raise KeyError(path)
    articles = _articles(clinic, reword(seed, state.rewordings), reordered=state.noise)
    title = clinic.breadcrumbs[-1]
    if path != clinic.path:
        index = clinic.paths.index(path) - 1
        articles, title = [articles[index]], clinic.posts[index].title
    template = "archive.html" if clinic.posts and path == clinic.path else "article.html"
    prices = [[reword(cell, state.rewordings) for cell in row] for row in clinic.prices]
    return (
        _environment()
        .get_template(template)
        .render(
            **_frame(clinic, state, request),
            title=articles[0].title or title,
            articles=articles,
            prices=prices,
            path=path,
        )
    )


def render_not_found(clinic: Clinic, state: ClinicState, request: int) -> str:
    """The clinic's own 404 page, with its menu and footer."""
    frame = _frame(clinic, state, request)
    return _environment().get_template("not_found.html").render(**frame, title=clinic.not_found)


def render_wall(host: str, request: int) -> str:
    """The page of a protection service that wants to check the browser first."""
    return _environment().get_template("wall.html").render(host=host, ray=_token("ray", request)[:16])


def after_serving(state: ClinicState, path: str) -> ClinicState:
    """The state after one request for `path` was answered: a wall that was put up for n requests comes down."""
    if path not in state.answers:
        return state
    answer, left = state.answers[path]
    if left is None:
        return state
    others = {other: value for other, value in state.answers.items() if other != path}
    return replace(state, answers=others if left <= 1 else {**others, path: (answer, left - 1)})


def _articles(clinic: Clinic, seed: str, *, reordered: bool) -> list[Article]:
    if clinic.posts:
        texts = split_archive(seed)
        articles = [
            replace(read_article(text, titled=False), title=post.title)
            for text, post in zip(texts, clinic.posts, strict=True)
        ]
    else:
        articles = [read_article(_without_furniture(clinic, seed), figures=clinic.figures)]
    return [reorder_paragraphs(article) for article in articles] if reordered else articles


def _without_furniture(clinic: Clinic, seed: str) -> str:
    around = {*clinic.furniture, clinic.comments_title, clinic.banner + clinic.banner_buttons[0]}
    return "\n".join(line for line in seed.splitlines() if line.strip() not in around)


def _frame(clinic: Clinic, state: ClinicState, request: int) -> dict[str, object]:
    """What stands around every page of the clinic, as the template names it."""
    turn = request + (1 if state.noise else 0)
    return {
        "clinic": clinic,
        "banner": (clinic.banner_after if state.noise else clinic.banner).splitlines(),
        "menu": (*clinic.menu, clinic.menu_added) if state.noise else clinic.menu,
        "updated": clinic.updated_after if state.noise else clinic.updated,
        "disclaimer": clinic.disclaimer if state.disclaimer else "",
        "testimonial": clinic.testimonials[turn % len(clinic.testimonials)],
        "views": clinic.views.format(_FIRST_VIEWS + request),
        "nonce": _token("nonce", request)[:22],
        "csrf": _token("csrf", request),
        "request": request,
    }


def _token(purpose: str, request: int) -> str:
    return hashlib.sha256(f"{purpose} {request}".encode()).hexdigest()


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
