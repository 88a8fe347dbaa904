"""Makes the pictures of mails in docs/: `make pictures`. Where nothing changed, the same bytes come out again."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from browser.chromium import Scheme, Tab, find_chromium, open_browser
from browser.conftest import NONE
from browser.samples import sample_html

DOCS = Path(__file__).parents[2] / "docs"
PHONE, DESK = 390, 760
# name → sample, width, scheme, height (None: all of it)
PICTURES: dict[str, tuple[str, int, Scheme, int | None]] = {
    "mail-phone-light": ("immediate", PHONE, "light", 1010),
    "mail-phone-dark": ("immediate", PHONE, "dark", 1010),
    "mail-desktop-light": ("immediate", DESK, "light", 860),
    "mail-desktop-dark": ("immediate", DESK, "dark", 860),
    "digest-phone-light": ("digest", PHONE, "light", 1180),
}


def take(tab: Tab, folder: Path, into: Path) -> None:
    """Every picture, as `into`/NAME.png."""
    for name, (sample, width, scheme, height) in PICTURES.items():
        file = folder / f"{sample}.html"
        file.write_text(sample_html(sample), encoding="utf-8")
        tab.open(file.as_uri(), width, scheme, mobile=width == PHONE)
        tab.picture(into / f"{name}.png", width, height)


def main() -> None:
    program = find_chromium() or sys.exit(NONE)
    with tempfile.TemporaryDirectory() as folder, open_browser(program) as browser:
        take(browser.new_tab(), Path(folder), DOCS)
    for name in PICTURES:
        file = DOCS / f"{name}.png"
        print(f"{file.relative_to(DOCS.parent)}  {file.stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    main()
