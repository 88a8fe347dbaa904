"""In which language to answer somebody whom no link names: what the browser asks for. Pure."""

from __future__ import annotations

from monitor.store.preferences import MAIL_LANGUAGES

FALLBACK = "en"
MAX_CHARS = 1_000  # of the header: nobody reads forty languages


def pick_language(accepted: str) -> str:
    """The best of our languages for a header Accept-Language (RFC 9110 12.5.4); English where none is asked for."""
    wanted: dict[str, float] = {}
    for part in accepted[:MAX_CHARS].split(","):
        tag, *parameters = (each.strip().casefold() for each in part.split(";"))
        language = tag.partition("-")[0]
        if language in MAIL_LANGUAGES:
            wanted[language] = max(wanted.get(language, 0.0), _quality(parameters))
    best = max(wanted, key=wanted.__getitem__, default=FALLBACK)
    return best if wanted.get(best, 0.0) > 0 else FALLBACK


def _quality(parameters: list[str]) -> float:
    """The weight "q=0.8" among the parameters, 1 without one, 0 for nonsense."""
    for each in parameters:
        if each.startswith("q="):
            try:
                quality = float(each[2:])
            except ValueError:
                return 0.0
            return quality if 0.0 <= quality <= 1.0 else 0.0
    return 1.0
