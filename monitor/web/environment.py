"""What all web pages have in common: their templates, and what an answer is."""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined


@dataclass(frozen=True, slots=True)
class Page:
    """What is answered: a status and HTML."""

    status: int
    html: str


def make_environment() -> Environment:
    """The templates; everything that goes into one is escaped."""
    return Environment(
        loader=PackageLoader("monitor.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
