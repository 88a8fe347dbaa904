# ruff: noqa: E501  (an example stays on its line)
"""PDF price lists: read by PDFium, page by page, as lines."""

from __future__ import annotations

import pytest

from monitor.errors import ExtractError
from monitor.text.extract import TextOptions, extract_page
from monitor.text.pdf import join_lines
from monitor.types import BlockKind


def make_pdf(*pages: list[str], title: str = "") -> bytes:
    """A small PDF with the lines of each page, its cross-reference table included."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for lines in pages:
        shown = "".join(f"1 0 0 1 50 {700 - 40 * at} Tm ({line}) Tj\n" for at, line in enumerate(lines))
        stream = f"BT /F1 12 Tf\n{shown}ET".encode("latin-1")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(len(objects))
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>".encode()
    objects.append(f"<< /Title ({title}) >>".encode())
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, table, len(objects) + 1, len(objects), len(body))
    )


def test_lines_of_every_page_with_the_rules_of_plain_text() -> None:
    body = make_pdf(["Price list", "- Knee: 5.000 EUR", "This is not a cure."], ["Leave a Reply"], title="Our prices")
    page = extract_page(body, "application/pdf", "https://c.example/p.pdf", TextOptions("en"))
    assert [(block.text, block.kind, block.boilerplate) for block in page.blocks] == [
        ("Our prices", BlockKind.TITLE, "unseen"),
        ("Price list", BlockKind.HEADING, None),
        ("Knee: 5.000 EUR", BlockKind.LIST_ITEM, None),
        ("This is not a cure.", BlockKind.PARAGRAPH, None),
        ("Leave a Reply", BlockKind.PARAGRAPH, "comments"),
    ]
    assert (page.title, page.encoding) == ("Our prices", "pdf")


def test_a_pdf_is_known_by_its_bytes() -> None:
    page = extract_page(make_pdf(["Knee 5.000 EUR"]), "text/html", "https://c.example/", TextOptions())
    assert [block.text for block in page.blocks] == ["Knee 5.000 EUR"]


@pytest.mark.parametrize("body", [b"%PDF-1.4\nnonsense", make_pdf([]), make_pdf(["x"])[:60]])
def test_what_cannot_be_read_is_said(body: bytes) -> None:
    with pytest.raises(ExtractError) as caught:
        extract_page(body, "application/pdf", "https://c.example/p.pdf", TextOptions())
    assert caught.value.reason == "type.pdf"


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        (["The treatment may help", "some patients.", "It is not a cure."], ["The treatment may help some patients.", "It is not a cure."]),
        (["thera-", "py for all"], ["therapy for all"]),
        (["Knee 5.000 EUR", "Hip 6.000 EUR"], ["Knee 5.000 EUR", "Hip 6.000 EUR"]),
        (["Risks:", "- fever", "- pain"], ["Risks:", "- fever", "- pain"]),
        (["", "  ", "One"], ["One"]),
    ],
)  # fmt: skip
def test_lines_that_only_the_width_broke_are_one(lines: list[str], joined: list[str]) -> None:
    assert join_lines(lines) == joined
