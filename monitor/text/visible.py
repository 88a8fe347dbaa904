"""What is out of sight for good, and what only a click away."""

from __future__ import annotations

import re
from typing import Final

from lxml import html

from monitor.text.regions import place_of

_HIDING: Final = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", re.IGNORECASE)
_OPENERS: Final = ("aria-controls", "data-target", "data-bs-target", "href")
_MAX_TARGETS: Final = 4


class Visibility:
    """The hidden elements of one page."""

    def __init__(self, root: html.HtmlElement) -> None:
        self._root = root
        self._opened: frozenset[str] | None = None

    def is_hidden(self, element: html.HtmlElement, revealed: bool) -> bool:
        """Is the element taken out of sight, with nothing on the page that brings it back?

        `revealed` says that it stands in something that a click opens: tabs, accordions, dialogs. So does an element
        whose id a control names.
        """
        hidden = element.get("hidden")
        if hidden is None:
            style = element.get("style")
            if style is None or not _HIDING.search(style):
                return False
        if hidden == "until-found" or revealed:
            return False
        identifier = element.get("id") or ""
        place = place_of(element.tag, element.get("role") or "", identifier, element.get("class") or "")
        return not (place.revealed or (identifier and identifier in self._targets()))

    def _targets(self) -> frozenset[str]:
        """The ids that a control of the page names; read when first asked for."""
        if self._opened is None:
            self._opened = frozenset(
                part.lstrip("#")
                for name in _OPENERS
                for value in self._root.xpath(f"//@{name}")
                if name == "aria-controls" or value.startswith("#")
                for part in value.split()[:_MAX_TARGETS]
            )
        return self._opened
