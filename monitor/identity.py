"""Is this still the page? Walls, soft 404s, empty shells, and pages that lost most of their text. Pure.

A look is the page where it still has most of the last good text, whatever else it says: a clinic may write about
cookies, and 404 patients are no error. Otherwise signs are weighed: what title, headings and buttons say counts more
than running text, a wall is short, and what stood in the site's layout before is no sign of anything. Text that is
suddenly much less, in another language, or wholly other text is *held*: it is taken for the page when it keeps coming
(`HELD`). Where that leaves a doubt, the look is compared with other pages of the site, and with what the site answers
for a page that cannot exist (`References`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from crawler.outcomes import Outcome, outcome_of
from monitor.meaning.language import detect_language
from monitor.types import Block, BlockKind, PageText, Region
from monitor.wall_signs import CONSENT_BUTTON, JS_NEEDED, PATTERNS, VAGUE

HELD: Final = frozenset({"shrunk", "wrong_page", "wrong_language", "truncated"})
"""Reasons that further looks can overrule: the page may really have changed so."""

ACCEPTED_WORDS: Final = {
    "shrunk": "the page lost more than half of its text",
    "wrong_page": "the page's text is wholly another one",
    "wrong_language": "the page's text is in another language",
    "truncated": "the page ends early",
}

SHRUNK_BELOW: Final = 0.5
MIN_CHARS_TO_SHRINK: Final = 200  # a shorter page says too little to call it halved
DOUBTFUL_BELOW: Final = 0.3  # of the last text kept: worth to be compared with other pages
ALIKE: Final = 0.7  # of what is new on this look stands on the other page
SHORT_CHARS: Final = 1_500  # walls and error pages measured 40–1,100 characters; articles begin at about 2,000
MOST_CHARS: Final = 4 * SHORT_CHARS  # no wall says so much: signs are not even looked for
ENOUGH: Final = 3.0  # the weight of signs from which a look is not the page


@dataclass(frozen=True, slots=True)
class LookFacts:
    """What is known of a look besides its text.

    `language` is the page's in the watchlist ("" none), `languages` those that are read; `scripts` counts script
    elements, `shell` says that there is an empty mount point. `marks` are vendors' marks that the crawler saw,
    "reason: vendor". `status` is the answer's.
    """

    language: str = ""
    languages: tuple[str, ...] = ()
    scripts: int = 0
    shell: bool = False
    password_field: bool = False
    challenge_header: bool = False
    marks: tuple[str, ...] = ()
    status: int = 200
    unclosed: bool = False  # HTML that ends without </body> and </html>


@dataclass(frozen=True, slots=True)
class References:
    """Other texts of the same site: `siblings` by URL, and what it answers for a page that cannot exist."""

    siblings: Mapping[str, PageText] = field(default_factory=dict)
    missing: PageText | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a look is not (or not yet) the page. `signals` name what spoke for it, with its weight."""

    outcome: Outcome
    reason: str
    signals: tuple[str, ...] = ()

    @property
    def held(self) -> bool:
        return self.reason in HELD


_BY_SIZE: Final = ((400, 2.0), (SHORT_CHARS, 0.5), (2 * SHORT_CHARS, 0.0), (MOST_CHARS, -1.0))
"""What the length of the look's own text adds to the weight of signs: (characters at most, weight)."""

_TITLE: Final = 2.0
_HEADING: Final = 2.0
_SMALL: Final = 1.0  # smaller headings and buttons
_BODY: Final = 1.5
_AGAIN: Final = 0.5  # each further way of saying it
_LOST: Final = 1.0  # the last good text is gone
_MARK: Final = 1.5
_SPEAKS: Final = -2.0  # a first look with sentences enough that hold no sign: a page that speaks of such things
_MUCH_PROSE: Final = 300
_LAYOUT: Final = frozenset({Region.HEADER, Region.NAV, Region.FOOTER, Region.ASIDE})
_ENDS: Final = (b"</body", b"</html")
_PRIVACY: Final = re.compile(r"cookie|privacy|consent|privatsphäre|privacidad|vie privée", re.IGNORECASE)


def observe(
    body: bytes,
    language: str,
    languages: tuple[str, ...],
    headers: Iterable[tuple[bytes, bytes]],
    *,
    marks: tuple[str, ...] = (),
    status: int = 200,
) -> LookFacts:
    """The facts of a look that its visible text does not show, by cheap searches in its bytes."""
    low = body[:2_000_000].lower()
    names = {name.lower(): value.lower() for name, value in headers}
    return LookFacts(
        language=language,
        languages=languages,
        scripts=low.count(b"<script"),
        shell=re.search(
            rb"<(?:div|main) id=[\"']?(?:root|app|__next|__nuxt|___gatsby|svelte|q-app|(?:react-)?app-root|react-root)"
            rb"[\"']?[^>]*>\s*</",
            low,
        )
        is not None,
        password_field=re.search(rb"<input[^>]{0,300}type=[\"']?password", low) is not None,
        challenge_header=names.get(b"cf-mitigated") == b"challenge" or b"x-datadome" in names,
        marks=marks,
        status=status,
        unclosed=b"<html" in low and not any(end in low or end in body[-2_000:].lower() for end in _ENDS),
    )


def judge(
    page_text: PageText, facts: LookFacts, last: PageText | None, others: References | None = None
) -> Verdict | None:
    """None where the look is the page; otherwise what it is instead.

    `last` is the page's newest good text, None before the first. See the module's words for how it decides.
    """
    kept = share_kept(page_text, last) if last is not None else 0.0
    new = _new_blocks(page_text, last)
    if not any(block.text for block in page_text.blocks if block.region is not Region.DATA):
        return _judge_nothing(facts)
    if kept < SHRUNK_BELOW and (verdict := _judge_signs(page_text, new, facts, last, kept)) is not None:
        return verdict
    if last is None:
        return None
    if others is not None and kept < DOUBTFUL_BELOW and (verdict := _judge_likeness(new, others)) is not None:
        return verdict
    if facts.unclosed and (end := _cut_at(page_text, last)):
        return _verdict("truncated", (f"ends at:{end[:60]}", f"kept={kept:.2f}"))
    return _judge_loss(page_text, last, facts, kept)


def doubtful_keys(page_text: PageText, last: PageText | None, verdict: Verdict | None) -> tuple[str, ...]:
    """The keys of what is new on a look that should be compared with other pages of the site; () for others.

    It should where it is held, or has wholly other text.
    """
    if last is None or _size(_own(last)) < MIN_CHARS_TO_SHRINK:
        return ()
    if not (verdict.held if verdict is not None else share_kept(page_text, last) < DOUBTFUL_BELOW):
        return ()
    return tuple(block.key for block in _new_blocks(page_text, last) if block.boilerplate is None)


def share_kept(page_text: PageText, last: PageText) -> float:
    """How much of the last text, by characters, still stands in this one: 0 to 1. The site's layout does not count."""
    return _share(_own(last), page_text)


def _share(blocks: Iterable[Block], within: PageText) -> float:
    keys = {block.key for block in within.blocks}
    total = kept = 0
    for block in blocks:
        total += len(block.key)
        kept += len(block.key) if block.key in keys else 0
    return kept / total if total else 0.0


def _article(page_text: PageText) -> tuple[Block, ...]:
    return tuple(block for block in page_text.blocks if block.boilerplate is None and block.region is not Region.DATA)


def _own(page_text: PageText) -> tuple[Block, ...]:
    """The page's own text; all of it where everything stands in the layout."""
    article = _article(page_text)
    return tuple(block for block in article if block.region not in _LAYOUT) or article


def _size(blocks: Iterable[Block]) -> int:
    return sum(len(block.text) for block in blocks)


def _new_blocks(page_text: PageText, last: PageText | None) -> tuple[Block, ...]:
    """What this look says outside of the layout, and the last good text did not."""
    known = {block.key for block in last.blocks} if last is not None else set()
    visible = (block for block in page_text.blocks if block.region is not Region.DATA and block.key not in known)
    return tuple(block for block in visible if block.region not in _LAYOUT)


def _judge_nothing(facts: LookFacts) -> Verdict:
    """No visible text: a challenge that shows only a frame, an application that was not run, or nothing."""
    signals = (f"scripts={facts.scripts}", *facts.marks)
    for mark in facts.marks:
        return _verdict(mark.partition(":")[0], signals)
    if facts.challenge_header:
        return _verdict("waf", signals)
    return _verdict("js_shell" if facts.shell or facts.scripts else "empty", signals)


def _judge_signs(
    page_text: PageText, new: tuple[Block, ...], facts: LookFacts, last: PageText | None, kept: float
) -> Verdict | None:
    size = _size(block for block in new if block.boilerplate is None)
    if size > MOST_CHARS and not facts.challenge_header:
        return None
    title = page_text.title if last is None or page_text.title != last.title else ""
    scores: dict[str, float] = {}
    signals: dict[str, list[str]] = {}
    for reason, weight, words in (*_words_signs(title, new, facts.status), *_other_signs(new, facts, size)):
        scores[reason] = scores.get(reason, 0.0) + weight
        signals.setdefault(reason, []).append(f"{reason}+{weight:g}:{words}")
    if not scores:
        return None
    reason = max(scores, key=lambda name: scores[name])
    score = scores[reason] + next((weight for chars, weight in _BY_SIZE if size <= chars), -3.0)
    if last is not None and kept < 0.1:
        score += _LOST
    if last is None and _prose(new) >= _MUCH_PROSE and not facts.marks:
        score += _SPEAKS
    return _verdict(reason, (*signals[reason], f"chars={size}", f"kept={kept:.2f}")) if score >= ENOUGH else None


def _words_signs(title: str, new: tuple[Block, ...], status: int) -> Iterable[tuple[str, float, str]]:
    """Reason, weight and words: a reason once for each place, and a little for each other way of saying it."""
    places = [("title", _TITLE, title)] if title else []
    places += [(*_place_of(block), block.text) for block in new]
    seen: set[tuple[str, str]] = set()
    said: set[tuple[str, str]] = set()
    for place, weight, text in places:
        for reason, pattern in PATTERNS:
            if (reason, pattern.pattern) in said or (found := pattern.search(text[:1_000])) is None:
                continue
            said.add((reason, pattern.pattern))
            yield reason, weight if (reason, place) not in seen else _AGAIN, " ".join(found.group().split())[:40]
            seen.add((reason, place))
        if status == 200 and VAGUE.search(text[:200]) and ("waf", place) not in seen:
            seen.add(("waf", place))
            yield "waf", weight, text[:40]


def _prose(blocks: tuple[Block, ...]) -> int:
    """Characters in whole sentences that hold no sign of anything."""
    long = (block.text for block in blocks if len(block.text) >= 80 and block.boilerplate is None)
    return sum(len(text) for text in long if not any(pattern.search(text[:1_000]) for _, pattern in PATTERNS))


def _place_of(block: Block) -> tuple[str, float]:
    if len(block.text) > 120:
        return "body", _BODY
    if block.kind is BlockKind.HEADING:
        return ("heading", _HEADING) if block.level <= 2 else ("small", _SMALL)
    return ("small", _SMALL) if block.kind is BlockKind.BUTTON else ("body", _BODY)


def _other_signs(new: tuple[Block, ...], facts: LookFacts, size: int) -> Iterable[tuple[str, float, str]]:
    """What the bytes, the headers and the page's make say."""
    if facts.challenge_header:
        yield "waf", 4.0, "challenge header"
    for mark in facts.marks:
        yield mark.partition(":")[0], _MARK, mark
    if facts.password_field and size <= SHORT_CHARS:
        yield "login", 1.0, "password field"
    if size <= 200 and (facts.shell or facts.scripts) and any(JS_NEEDED.search(block.text) for block in new[:20]):
        yield "js_shell", 3.0, f"scripts={facts.scripts}"
    if facts.shell and size <= 400:
        yield "js_shell", 2.0, "empty mount point"
    buttons = sum(1 for block in new if len(block.text) <= 40 and CONSENT_BUTTON.search(block.text))
    if buttons and size <= 400 and any(_PRIVACY.search(block.text) for block in new):
        yield "cookie_wall", 1.0 + min(buttons, 2), f"{buttons} consent buttons"


def _cut_at(page_text: PageText, last: PageText) -> str:
    """The last block of the look, where it is a block of the last text or the beginning of one, and all that stood
    behind it is gone; "" otherwise. A server's program that dies half-way ends its answer so, with the right length."""
    seen = [block.key.lower() for block in page_text.blocks if block.region is not Region.DATA]
    known = [block.key.lower() for block in last.blocks if block.region is not Region.DATA]
    final = seen[-1]
    at = max((number for number, key in enumerate(known) if final and key.startswith(final)), default=len(known))
    lost = set(known[at + 1 :]) - set(known[: at + 1])
    within = at < len(known) and known[at] != final
    return final if (lost or within) and lost.isdisjoint(seen) else ""


def _judge_likeness(new: tuple[Block, ...], others: References) -> Verdict | None:
    """Is what is new here the text of another page of the site, or of its page for what does not exist?"""
    own = tuple(block for block in new if block.boilerplate is None)
    if others.missing is not None and own and (alike := _share(own, others.missing)) >= ALIKE:
        return _verdict("soft404", (f"alike={alike:.2f}:a page that cannot exist",))
    for url, sibling in others.siblings.items():
        if _size(own) >= 200 and (alike := _share(own, sibling)) >= ALIKE:
            return _verdict("wrong_page", (f"alike={alike:.2f}:{url}",))
    return None


def _judge_loss(page_text: PageText, last: PageText, facts: LookFacts, kept: float) -> Verdict | None:
    before, now = _size(_own(last)), _size(_own(page_text))
    if before < MIN_CHARS_TO_SHRINK:
        return None
    if kept < 0.1 and (languages := _other_language(page_text, last, facts)):
        return _verdict("wrong_language", (languages, f"kept={kept:.2f}"))
    if now < before * SHRUNK_BELOW:
        return _verdict("shrunk", (f"{before}→{now} chars", f"kept={kept:.2f}"))
    if kept < 0.02 and not _shares_words(page_text, last):
        return _verdict("wrong_page", (f"kept={kept:.2f}", f"chars={now}"))
    return None


def _other_language(page_text: PageText, last: PageText, facts: LookFacts) -> str:
    """`nl→en` where the text is in another language than the last one and than the page's own; else ""."""
    if not facts.languages:
        return ""
    was = detect_language(sample_of(last), facts.languages, facts.languages[0])
    seen = detect_language(sample_of(page_text), facts.languages, was)
    return "" if seen in (was, facts.language) else f"{was}→{seen}"


def sample_of(page_text: PageText, chars: int = 3_000) -> str:
    """The beginning of the page's article, enough to tell its language."""
    words = " ".join(block.text for block in _article(page_text)[:60])
    return words[:chars] or page_text.title


def _shares_words(page_text: PageText, last: PageText) -> bool:
    """Do the two share a quarter of their longer words? A rewritten page about the same thing does."""
    before, now = _words(last), _words(page_text)
    return len(before & now) * 4 >= min(len(before), len(now))


def _words(page_text: PageText) -> set[str]:
    return {word for block in _article(page_text) for word in block.key.lower().split() if len(word) >= 6}


def _verdict(reason: str, signals: tuple[str, ...]) -> Verdict:
    return Verdict(outcome_of(reason), reason, signals)
