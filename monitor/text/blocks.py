"""An element tree to blocks: one walk over the whole page, in document order.

What is decided here (docs/decisions/0005 says why): scripts, styles, templates and hidden elements are no text, but
what a click opens (tabs, accordions, dialogs) is. `<noscript>` is text with the hint `noscript`. `<del>` and `<s>` are
blocks of their own with the hint `struck`: the page no longer says them. An image's `alt` is the text of a heading or
link that has no other, else a block of kind image_alt.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from lxml import etree, html

from monitor.errors import ExtractError
from monitor.text.characters import clean, decode_address
from monitor.text.context import Context, Scope
from monitor.text.draft import Draft
from monitor.text.regions import place_of
from monitor.text.tables import Row, is_layout, pair_cells
from monitor.text.visible import Visibility
from monitor.types import BlockKind, Region


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


INLINE: Final = _tags(
    "a abbr acronym b bdi bdo big cite code data dfn em font i img ins kbd mark nobr output picture q rp rt ruby samp "
    "small source span strong sub sup time tt u var wbr blink strike s del svg text tspan g textpath input select "
    "textarea slot area map meter progress"
)
_NO_TEXT: Final = _tags(
    "script style template head title meta link iframe object embed video audio canvas noframes param track "
    "datalist desc defs symbol metadata base map colgroup col frameset"
)
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_KINDS: Final = {
    "li": BlockKind.LIST_ITEM,
    "dt": BlockKind.DEFINITION,
    "dd": BlockKind.DEFINITION,
    "button": BlockKind.BUTTON,
    "label": BlockKind.LABEL,
    "legend": BlockKind.LABEL,
    "option": BlockKind.LABEL,
    "caption": BlockKind.CAPTION,
    "figcaption": BlockKind.CAPTION,
    "blockquote": BlockKind.QUOTE,
    "summary": BlockKind.HEADING,
    **dict.fromkeys(_HEADINGS, BlockKind.HEADING),
}
_SCOPES: Final = _tags("article section aside nav footer header dialog details dl td th form fieldset")
_TABLE: Final = frozenset(("table", "tr", "td", "th"))
_STRUCK: Final = frozenset(("del", "s", "strike"))
_BUTTON_CLASS: Final = re.compile(r"(?:^|[\s_-])(?:btn|button|cta)(?:$|[\s_-])", re.IGNORECASE)
_ARTICLE_CLASS: Final = re.compile(r"(?:^|\s)(?:hentry|post-\d+|blog-entry|et_pb_post)(?:$|\s)")
_SOCIAL: Final = re.compile(
    r"https?://(?:[\w-]+\.)?(?:facebook|twitter|x|instagram|linkedin|youtube|pinterest|tiktok|threads|tumblr|reddit|xing"
    r"|bsky|whatsapp|wa|t|telegram)\.(?:com|net|me|app|be)(?:/|$)",
    re.IGNORECASE,
)
_SPLITS: Final = frozenset((BlockKind.HEADING, BlockKind.BUTTON, BlockKind.LABEL, BlockKind.CAPTION))
_LETTER: Final = re.compile(r"\w")
_DEFINITION_LEVEL: Final = 8  # below every real heading
_SUMMARY_LEVEL: Final = 7
_LONG_CHOICE: Final = 40  # a select with more options than this is a list of countries


@dataclass(frozen=True, slots=True)
class Walked:
    """What the walk found: the drafts, and for each container that gave a hint its number of characters."""

    drafts: list[Draft]
    containers: dict[int, int]
    findings: tuple[str, ...]
    removed: Counter[str]


def walk_blocks(
    root: html.HtmlElement,
    ignored: Collection[html.HtmlElement] = (),
    selected: Collection[html.HtmlElement] | None = None,
    max_chars: int = 2_000_000,
) -> Walked:
    """Every visible block below `root`, in document order.

    Subtrees of `ignored` elements are left out; with `selected`, only what lies inside one of these is kept.
    Raises ExtractError(`too_large.text`) where there are more than `max_chars` characters.
    """
    walker = _Walker(root, set(ignored), None if selected is None else set(selected), max_chars)
    walker.walk()
    return Walked(walker.drafts, walker.containers, (), walker.removed)


class _Walker:
    """The state of one walk. `pieces` is the text of the block that is open, with `links` counting what is linked."""

    def __init__(
        self,
        root: html.HtmlElement,
        ignored: set[html.HtmlElement],
        selected: set[html.HtmlElement] | None,
        max_chars: int,
    ) -> None:
        self.root, self.ignored, self.selected, self.max_chars = root, ignored, selected, max_chars
        self.drafts: list[Draft] = []
        self.containers: dict[int, int] = {}
        self.removed: Counter[str] = Counter()
        self.context = Context(Region.MAIN, Scope(), selected=selected is None)
        self.pieces: list[str] = []
        self.alts: list[str] = []
        self.struck: list[str] = []
        self.link_chars = self.social_chars = self.total = 0
        self.in_link = self.in_social = self.in_struck = self.in_svg = 0
        self.numbers = self.articles = 0
        self.last_class: str | None = None

    def walk(self) -> None:
        """Enter and leave every element; inline ones share their parent's context."""
        events = etree.iterwalk(self.root, events=("start", "end"))
        contexts: list[Context | None] = [self.context]
        visibility, ignored = Visibility(self.root), self.ignored
        enter, leave, inline = self._enter_block, self._leave_block, INLINE
        for event, element in events:
            tag = element.tag
            if event == "start":
                if tag in _NO_TEXT or element in ignored or visibility.is_hidden(element, self.context.revealed):
                    events.skip_subtree()
                    contexts.append(None)
                elif tag in inline and not self._is_button(element, tag):
                    if self._enter_inline(element, tag):
                        events.skip_subtree()
                        contexts.append(None)
                    else:
                        contexts.append(self.context)
                else:
                    enter(element, tag)
                    contexts.append(self.context)
                    if element.text:
                        self._add(element.text)
                continue
            inside = contexts.pop()
            if inside is None:
                pass
            elif (outer := contexts[-1]) is not inside:
                self.context = outer  # type: ignore[assignment]  # what was skipped has no children
                leave(element, tag, inside)
            elif tag in inline:
                self._leave_inline(element, tag)
            if element.tail:
                self._add(element.tail)
        self._flush(self.context)

    # --- text -------------------------------------------------------------------------------------------------

    def _add(self, text: str) -> None:
        if self.in_struck:
            self.struck.append(text)
            return
        self.last_class = None
        if not self.pieces and not self.in_link and not self.alts and text.isspace():
            return  # what stands between two blocks
        self.pieces.append(text)
        if self.in_link:
            self.link_chars += len(text)
            if self.in_social:
                self.social_chars += len(text)

    def _flush(self, context: Context) -> None:
        """Close the open block and give it to its table row, or to the page."""
        if not (self.pieces or self.alts or self.struck):
            self.link_chars = self.social_chars = 0
            self.last_class = None
            return
        if self.pieces:
            text = clean("".join(self.pieces), self.removed)
            self.pieces.clear()
            if not text and self.alts and (self.link_chars or self.in_link or context.kind is BlockKind.HEADING):
                text = clean(" ".join(self.alts), self.removed)
                self.alts.clear()
            if text:
                self._emit(context, text, context.kind)
        elif self.alts and context.kind in (BlockKind.HEADING, BlockKind.BUTTON):
            self._emit(context, clean(" ".join(self.alts), self.removed), context.kind)
            self.alts.clear()
        self.link_chars = self.social_chars = 0
        self.last_class = None
        if self.alts:
            for alt in self.alts:
                self._emit(context, clean(alt, self.removed), BlockKind.IMAGE_ALT, hint="image")
            self.alts.clear()
        if self.struck:
            text = clean("".join(self.struck), self.removed)
            self.struck.clear()
            self._emit(context, text, BlockKind.PARAGRAPH, hint="struck")

    def _emit(self, context: Context, text: str, kind: BlockKind, hint: str | None = None) -> None:
        if not text or not context.selected or (kind is not BlockKind.HEADING and not _LETTER.search(text)):
            return
        self.total += len(text)
        if self.total > self.max_chars:
            raise ExtractError("too_large.text", f"more than {self.max_chars} characters of text")
        for number in (context.hinted, context.popup):
            if number:
                self.containers[number] += len(text)
        if context.row is not None and hint is None:
            context.row.add(text, self.link_chars)
            return
        scope = context.scope
        if kind is BlockKind.HEADING and context.level:
            scope.push(context.level, text)
            path = scope.path
        else:
            path = scope.below()
        link = min(self.link_chars, len(text)) if hint is None else 0
        self.drafts.append(
            Draft(text, kind, context.region, path, context.level, (), hint or context.hint, context.hinted,
                  context.popup, link, min(self.social_chars, len(text)), context.article)
        )  # fmt: skip

    # --- inline elements --------------------------------------------------------------------------------------

    def _enter_inline(self, element: html.HtmlElement, tag: str) -> bool:
        """Note an inline element; True where its subtree is not to be read."""
        if (address := element.get("data-cfemail")) is not None:
            self._add(decode_address(address) or "".join(element.itertext()))
            return True
        if tag == "img":
            if _LETTER.search(alt := element.get("alt") or ""):
                self.alts.append(alt)
            return True
        if tag in ("input", "textarea", "select"):
            return self._enter_field(element, tag)
        name = element.get("class") or ""
        if self.last_class is not None and (tag == "a" or name != self.last_class) and self.pieces:
            self.pieces.append(" ")  # two boxes side by side with nothing between them are two words
        if tag == "a":
            self.in_link += 1
            self.in_social += _SOCIAL.match(element.get("href") or "") is not None
        elif tag in _STRUCK:
            self.in_struck += 1
        elif tag == "svg":
            self.in_svg += 1
        if element.text and (not self.in_svg or tag in ("text", "tspan", "textpath")):
            self._add(element.text)
        return False

    def _leave_inline(self, element: html.HtmlElement, tag: str) -> None:
        if tag == "a":
            self.in_link -= 1
            self.in_social -= _SOCIAL.match(element.get("href") or "") is not None
        elif tag in _STRUCK:
            self.in_struck -= 1
        elif tag == "svg":
            self.in_svg -= 1
        elif tag in ("wbr", "img", "source"):
            return
        self.last_class = None if element.tail else (element.get("class") or "")

    def _enter_field(self, element: html.HtmlElement, tag: str) -> bool:
        """The visible words of a form field become a block of their own; True to skip the subtree."""
        if tag == "select":
            self._flush(self.context)
            return len(element) > _LONG_CHOICE
        kind = (element.get("type") or "text").lower()
        if kind in ("hidden", "password"):
            return True
        button = tag == "input" and kind in ("submit", "button", "reset")
        text = element.get("value") if button else element.get("placeholder")
        if text:
            self._flush(self.context)
            self._emit(self.context, clean(text, self.removed), BlockKind.BUTTON if button else BlockKind.LABEL)
        return True

    # --- block-level elements ---------------------------------------------------------------------------------

    def _enter_block(self, element: html.HtmlElement, tag: str) -> None:
        if tag == "br":
            self._line_break(element)
            return
        outer = self.context
        self._flush(outer)
        plain = tag in _PLAIN and self.selected is None and _is_plain(element)
        if plain and (known := outer.plain.get(tag)) is not None:
            self.context = known
            return
        context = outer.inside()
        if plain:
            outer.plain[tag] = context
        context.kind = _KINDS.get(tag, outer.kind if outer.kind in _INHERITED else BlockKind.PARAGRAPH)
        if tag in ("a", "button"):
            context.kind = BlockKind.BUTTON
        context.level = _HEADINGS.get(tag, _SUMMARY_LEVEL if tag == "summary" else 0)
        if element.get("role") == "heading":
            context.kind = BlockKind.HEADING
            context.level = _level(element.get("aria-level"))
        if not context.level:
            self._place(context, element, tag)
        if tag == "a":
            self.in_link += 1
            self.in_social += _SOCIAL.match(element.get("href") or "") is not None
        if tag in _TABLE:
            self._enter_table(context, element, tag)
        if self.selected is not None and element in self.selected:
            context.selected = True
        self.context = context

    def _place(self, context: Context, element: html.HtmlElement, tag: str) -> None:
        """Set region, hint, scope and article of a container."""
        role, identifier, classes = element.get("role") or "", element.get("id") or "", element.get("class") or ""
        if tag in ("header", "footer") and context.in_article:
            place = place_of("div", role, "", "")
        else:
            place = place_of(tag, role, identifier, classes)
        outer = context.scope
        if place.region is not None and place.region is not context.region and context.region is not Region.POPUP:
            context.region = place.region
            context.scope = Scope()
            if place.region is Region.POPUP:
                self.numbers += 1
                context.popup = self.numbers
                self.containers[self.numbers] = 0
        elif tag in _SCOPES:
            context.scope = Scope(list(outer.headings), outer.path)
        hint = "skip" if place.screen_reader and context.hint is None else place.hint
        if tag == "noscript":
            hint = "noscript"
        if hint is not None and (context.hint is None or context.hint in ("menu", "share")):
            self.numbers += 1
            context.hint, context.hinted = hint, self.numbers
            self.containers[self.numbers] = 0
        context.revealed = context.revealed or place.revealed
        if tag == "article" or (classes and _ARTICLE_CLASS.search(classes)):
            if not context.in_article:
                self.articles += 1
                context.article = self.articles
            context.in_article = True

    def _enter_table(self, context: Context, element: html.HtmlElement, tag: str) -> None:
        if tag == "table":
            context.layout = is_layout(element)
            context.rows = None if context.layout else []
            context.row = None
        elif tag == "tr" and context.rows is not None:
            context.row = Row(header=all(cell.tag == "th" for cell in element) and len(element) > 0)
            context.row.in_head = element.getparent().tag == "thead"
        elif tag in ("td", "th") and context.row is not None:
            context.row.open(element.get("colspan"), element.get("rowspan"))

    def _leave_block(self, element: html.HtmlElement, tag: str, inside: Context) -> None:
        self._flush(inside)
        if tag == "a":
            self.in_link -= 1
            self.in_social -= _SOCIAL.match(element.get("href") or "") is not None
        elif tag == "tr" and inside.row is not None:
            assert inside.rows is not None
            inside.rows.append(inside.row)
        elif tag == "table" and inside.rows:
            self._emit_rows(inside)
        elif tag == "dt" and self.drafts:
            self._define(inside)

    def _define(self, context: Context) -> None:
        """Let the term that just ended head the definitions that follow it."""
        last = self.drafts[-1]
        if last.kind is BlockKind.DEFINITION:
            context.scope.push(_DEFINITION_LEVEL, last.text)

    def _emit_rows(self, context: Context) -> None:
        """Turn the rows of a table that just ended into blocks."""
        path = context.scope.below()
        for text, cells, link_chars in pair_cells(context.rows or []):
            self.drafts.append(
                Draft(text, BlockKind.TABLE_ROW, context.region, path, 0, cells, context.hint, context.hinted,
                      context.popup, link_chars, 0, context.article)
            )  # fmt: skip

    def _line_break(self, element: html.HtmlElement) -> None:
        """A `<br>` ends a line: a block of its own, but not where the line plainly runs on."""
        context = self.context
        if context.kind in _SPLITS or context.row is not None or self.in_struck:
            self._add(" ")
            return
        after = (element.tail or "").lstrip()
        if (
            after[:1].islower()
            and self.pieces
            and not "".join(self.pieces[-3:]).rstrip().endswith((".", "!", "?", ":", ";"))
        ):
            self._add(" ")
            return
        self._flush(context)

    def _is_button(self, element: html.HtmlElement, tag: str) -> bool:
        if tag != "a":
            return False
        return element.get("role") == "button" or (
            (classes := element.get("class")) is not None and _BUTTON_CLASS.search(classes) is not None
        )


_PLAIN: Final = _tags("p div li ul ol h1 h2 h3 h4 h5 h6 blockquote dd figure figcaption")


def _is_plain(element: html.HtmlElement) -> bool:
    """Does nothing but its tag say what the element is? Then all its like in one parent share a context."""
    get = element.get
    return get("class") is None and get("id") is None and get("role") is None


_INHERITED: Final = frozenset((BlockKind.LIST_ITEM, BlockKind.QUOTE, BlockKind.DEFINITION, BlockKind.CAPTION))


def _level(value: str | None) -> int:
    return int(value) if value is not None and value.isdecimal() and 1 <= int(value) <= 6 else 2
