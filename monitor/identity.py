"""Is this still the page? Walls, soft 404s, empty shells, and pages that lost most of their text. Pure.

A look is the page where it still has most of the last good text, whatever else it says: a clinic may write about
cookies, and 404 patients are no error. Otherwise signs are weighed: what title, headings and buttons say counts more
than running text, and a wall is short. Text that is suddenly much less, in another language, or wholly other text is
*held*: it is taken for the page when it keeps coming (`HELD`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from crawler.outcomes import Outcome, outcome_of
from monitor.meaning.language import detect_language
from monitor.types import Block, BlockKind, PageText, Region

HELD: Final = frozenset({"shrunk", "wrong_page", "wrong_language"})
"""Reasons that further looks can overrule: the page may really have changed so."""

ACCEPTED_WORDS: Final = {
    "shrunk": "the page lost more than half of its text",
    "wrong_page": "the page's text is wholly another one",
    "wrong_language": "the page's text is in another language",
}

SHRUNK_BELOW: Final = 0.5
MIN_CHARS_TO_SHRINK: Final = 500  # a shorter page says too little to call it halved
SHORT_CHARS: Final = 1_500  # walls and error pages measured 40–1,100 characters; articles begin at about 2,000
ENOUGH: Final = 3.0  # the weight of signs from which a look is not the page


@dataclass(frozen=True, slots=True)
class LookFacts:
    """What is known of a look besides its text.

    `language` is the page's in the watchlist ("" none), `languages` those that are read; `scripts` counts script
    elements, `shell` says that there is an empty mount point.
    """

    language: str = ""
    languages: tuple[str, ...] = ()
    scripts: int = 0
    shell: bool = False
    password_field: bool = False
    challenge_header: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a look is not (or not yet) the page. `signals` name what spoke for it, with its weight."""

    outcome: Outcome
    reason: str
    signals: tuple[str, ...] = ()

    @property
    def held(self) -> bool:
        return self.reason in HELD


_BY_SIZE: Final = ((400, 2.0), (SHORT_CHARS, 1.0), (2 * SHORT_CHARS, 0.0), (4 * SHORT_CHARS, -1.0), (1 << 62, -3.0))
"""What the length of all visible text adds to the weight of signs: (characters at most, weight)."""

_HEAD: Final = 2.5  # in title, heading or button
_BODY: Final = 1.5

_SIGNS: Final[tuple[tuple[str, str], ...]] = (
    (
        "waf",
        r"checking (?:if the site connection is secure|your browser)|just a moment\b|attention required! ?\|"
        r"|verif(?:y|ying) (?:that )?you are (?:a )?human|ddos protection by|enable javascript and cookies to continue"
        r"|sucuri website firewall|request unsuccessful\. incapsula|access (?:to this page has been )?denied"
        r"|your request (?:was|has been) blocked|performance & security by cloudflare|\bray id\b"
        r"|(?:din|deine?|ihr|je|uw|su|tu|votre) browser (?:wird überprüft|wordt gecontroleerd|kontrolleres)"
        r"|comprobando (?:su|tu) navegador|vérification de votre navigateur|browser bliver kontrolleret"
        r"|sicherheitsüberprüfung|verificando que (?:usted )?e(?:res|s) humano",
    ),
    (
        "captcha",
        r"\bcaptcha\b|i(?:'|’)?m not a robot|ich bin kein roboter|ik ben geen robot|no soy un robot"
        r"|je ne suis pas un robot|jeg er ikke en robot|select all (?:images|squares)|are you a robot",
    ),
    (
        "login",
        r"^(?:please )?(?:log|sign) ?in(?: to (?:continue|your account|view))?$|you must be logged in"
        r"|members only|^inloggen$|je moet inloggen|^log ind$|^anmelden$|bitte melden sie sich an"
        r"|^iniciar sesión$|debes? iniciar sesión|^se connecter$|^connexion$|this content is password protected"
        r"|enter (?:the )?password",
    ),
    (
        "cookie_wall",
        r"(?:accept|allow) (?:all )?cookies to (?:continue|view|access|proceed)|before you continue to"
        r"|(?:accepteer|accepter|akzeptieren sie|acepta|acceptez) .{0,20}cookies.{0,20}"
        r"(?:verder|fortsætte|fortzufahren|continuar|continuer)"
        r"|without (?:accepting )?cookies .{0,30}(?:cannot|can't) (?:view|access|use)",
    ),
    (
        "maintenance",
        r"(?:under|undergoing|scheduled|site|planned) maintenance|down for maintenance|be (?:right )?back soon"
        r"|briefly unavailable for scheduled maintenance|coming soon|under construction"
        r"|in onderhoud|wegens onderhoud|vedligeholdelse|wartungs(?:arbeiten|modus)|en mantenimiento|en maintenance"
        r"|temporarily unavailable",
    ),
    (
        "parked",
        r"domain (?:name )?(?:is|may be) (?:for sale|parked|available)|buy this domain|this domain has expired"
        r"|domain (?:has )?expired|parked free|related searches$|sedo(?:parking)?\b|hugedomains|afternic"
        r"|domein is (?:te koop|geregistreerd)|domænet er (?:til salg|parkeret)|domain (?:steht|ist) zum verkauf"
        r"|(?:este )?dominio (?:está )?en venta|(?:ce )?domaine est à vendre",
    ),
    (
        "default_page",
        r"welcome to nginx|apache2? (?:\w+ )?default page|^it works!?$|iis windows server|test page for the"
        r"|^index of /|default web(?: ?site)? page|congratulations! your (?:web)?site|hello world!$|plesk default"
        r"|account suspended|this account has been suspended",
    ),
    (
        "app_error",
        r"error establishing a database connection|there has been a critical error on (?:this|your) website"
        r"|fatal error: |uncaught (?:type)?error|internal server error|application error|something went wrong$"
        r"|whoops, looks like something went wrong|stack trace:|service unavailable$|bad gateway"
        r"|er is een kritieke fout|der er opstået en kritisk fejl|ha habido un error crítico"
        r"|es gab einen kritischen fehler|il y a eu une erreur critique",
    ),
    (
        "soft404",
        r"^(?:error )?404(?:$| ?[-–—:|!.] ?| error| not found)"
        r"|page (?:was |is |could ?n[o']t be |cannot be )?(?:not )?found$"
        r"|(?:page|post|article|content) (?:you .{0,40})?(?:not found|(?:cannot|can't|could not|couldn't) be found"
        r"|no longer exists|does(?:n't| not) exist)|oops! that page can|nothing (?:was )?found(?: here)?$"
        r"|pagina (?:is )?niet gevonden|siden (?:blev|kunne|findes|er)? ?ikke (?:fundet|findes)|siden findes ikke"
        r"|seite (?:wurde )?nicht gefunden|página no (?:fue )?encontrada|no se (?:ha )?encontr(?:ó|ado) la página"
        r"|page (?:non trouvée|introuvable)|niet gevonden$|ikke fundet$|nicht gefunden$",
    ),
)
_PATTERNS: Final = tuple((reason, re.compile(pattern, re.IGNORECASE)) for reason, pattern in _SIGNS)
_LOUD: Final = frozenset({BlockKind.TITLE, BlockKind.HEADING, BlockKind.BUTTON})
_JS_NEEDED: Final = re.compile(
    r"(?:enable|activ|habilit|schakel|aktiver|requires?|without|need).{0,20}java ?script|java ?script.{0,30}"
    r"(?:enable|disabled|required|activ|habilit|inschakelen|aktiver)|^loading\.{0,3}$",
    re.IGNORECASE,
)


def observe(
    body: bytes, language: str, languages: tuple[str, ...], headers: Iterable[tuple[bytes, bytes]]
) -> LookFacts:
    """The facts of a look that its visible text does not show, by cheap searches in its bytes."""
    low = body[:2_000_000].lower()
    names = {name.lower(): value.lower() for name, value in headers}
    return LookFacts(
        language=language,
        languages=languages,
        scripts=low.count(b"<script"),
        shell=re.search(rb"<(?:div|main) id=[\"']?(?:root|app|__next|__nuxt)[\"']?[^>]*>\s*</", low) is not None,
        password_field=re.search(rb"<input[^>]{0,300}type=[\"']?password", low) is not None,
        challenge_header=names.get(b"cf-mitigated") == b"challenge" or b"x-datadome" in names,
    )


def judge(page_text: PageText, facts: LookFacts, last: PageText | None) -> Verdict | None:
    """None where the look is the page; otherwise what it is instead.

    `last` is the page's newest good text, None before the first. See the module's words for how it decides.
    """
    kept = share_kept(page_text, last) if last is not None else 0.0
    size = _size(page_text)
    if size == 0 and not facts.challenge_header:
        return _verdict("js_shell" if facts.shell or facts.scripts >= 3 else "empty", (f"scripts={facts.scripts}",))
    if kept < 0.5 and (verdict := _judge_signs(page_text, facts, size)) is not None:
        return verdict
    return None if last is None else _judge_loss(page_text, last, facts, size, kept)


def share_kept(page_text: PageText, last: PageText) -> float:
    """How much of the last text, by characters, still stands in this one: 0 to 1."""
    keys = {block.key for block in page_text.blocks}
    blocks = _article(last)
    total = sum(len(block.key) for block in blocks)
    return sum(len(block.key) for block in blocks if block.key in keys) / total if total else 0.0


def _article(page_text: PageText) -> tuple[Block, ...]:
    return tuple(block for block in page_text.blocks if block.boilerplate is None and block.region is not Region.DATA)


def _size(page_text: PageText) -> int:
    return sum(len(block.text) for block in page_text.blocks if block.region is not Region.DATA)


def _judge_signs(page_text: PageText, facts: LookFacts, size: int) -> Verdict | None:
    scores: dict[str, float] = {}
    signals: dict[str, list[str]] = {}
    for reason, weight, words in _signs(page_text, facts, size):
        scores[reason] = scores.get(reason, 0.0) + weight
        signals.setdefault(reason, []).append(f"{reason}+{weight:g}:{words}")
    if not scores:
        return None
    reason = max(scores, key=lambda name: scores[name])
    score = scores[reason] + next(weight for chars, weight in _BY_SIZE if size <= chars)
    return _verdict(reason, (*signals[reason], f"chars={size}")) if score >= ENOUGH else None


def _signs(page_text: PageText, facts: LookFacts, size: int) -> Iterable[tuple[str, float, str]]:
    """Reason, weight and words of every sign; each pattern counts once in loud places and once in running text."""
    seen: set[tuple[str, bool]] = set()
    titles = [(BlockKind.TITLE, page_text.title)] if page_text.title else []
    for kind, words in [*titles, *((block.kind, block.text) for block in page_text.blocks)]:
        loud = kind in _LOUD and len(words) <= 120
        for reason, pattern in _PATTERNS:
            if (reason, loud) in seen or (found := pattern.search(words[:1_000])) is None:
                continue
            seen.add((reason, loud))
            yield reason, _HEAD if loud else _BODY, " ".join(found.group().split())[:40]
    if facts.challenge_header:
        yield "waf", 4.0, "challenge header"
    if facts.password_field and size <= SHORT_CHARS:
        yield "login", 1.5, "password field"
    if size <= 200 and (facts.shell or facts.scripts) and _needs_javascript(page_text):
        yield "js_shell", 3.0, f"scripts={facts.scripts}"
    if facts.shell and size <= 400:
        yield "js_shell", 2.0, "empty mount point"


def _needs_javascript(page_text: PageText) -> bool:
    return any(_JS_NEEDED.search(block.text) for block in page_text.blocks[:20])


def _judge_loss(page_text: PageText, last: PageText, facts: LookFacts, size: int, kept: float) -> Verdict | None:
    before, now = sum(len(b.text) for b in _article(last)), sum(len(b.text) for b in _article(page_text))
    if kept < 0.1 and before >= MIN_CHARS_TO_SHRINK and (languages := _other_language(page_text, last, facts)):
        return _verdict("wrong_language", (languages, f"kept={kept:.2f}"))
    if before >= MIN_CHARS_TO_SHRINK and now < before * SHRUNK_BELOW:
        return _verdict("shrunk", (f"{before}→{now} chars", f"kept={kept:.2f}"))
    if before >= MIN_CHARS_TO_SHRINK and kept < 0.02 and not _shares_words(page_text, last):
        return _verdict("wrong_page", (f"kept={kept:.2f}", f"chars={size}"))
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
