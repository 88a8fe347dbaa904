"""Documents that are hard to read: what the extraction must refuse, and says why."""

from __future__ import annotations

from tests.hostile.clinic import layout
from tests.hostile.site import BEHAVIOURS, Visit

LAUGHS = "".join(
    f'<!ENTITY lol{number} "{f"&lol{number - 1};" * 10}">' if number else '<!ENTITY lol0 "lol">' for number in range(10)
)
LAUGHING = (
    f"<!DOCTYPE html [{LAUGHS}]><html><head><title>Clinic</title></head><body><p>&lol9;</p></body></html>".encode()
)

DOCUMENTS: dict[str, tuple[str, bytes, bytes]] = {
    "entities_html": ("extract_error:parse.entities", b"text/html", LAUGHING),
    "entities_xhtml": ("extract_error:parse.entities", b"application/xhtml+xml", b'<?xml version="1.0"?>' + LAUGHING),
    "entities_external": (
        "extract_error:parse.entities",
        b"text/html",
        b'<!DOCTYPE html [<!ENTITY file SYSTEM "file:///etc/passwd">]><html><body><p>&file;</p></body></html>',
    ),
    "too_much_text": ("extract_error:too_large.text", b"text/html", b"<p>" + b"word " * 450_000),
    "too_much_plain_text": ("extract_error:too_large.text", b"text/plain", b"word " * 450_000),
    "unreadable_bytes": ("extract_error:type.charset", b"text/html; charset=utf-8", bytes(range(128, 256)) * 90),
    "takes_for_ever": ("extract_error:parse.timeout", b"text/html", layout("Clinic", "<p>$1 x</p>" * 200_000)),
    "broken_pdf": ("unsupported:type.pdf", b"application/pdf", b"%PDF-1.7 broken"),
    "scanned_pdf": (
        "unsupported:type.pdf",
        b"application/pdf",
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
    ),
    "pdf_as_html": ("unsupported:type.mismatch", b"text/html", b"%PDF-1.7\n" + bytes(100)),
    "zip_as_html": ("unsupported:type.mismatch", b"text/html", b"PK\x03\x04" + bytes(100)),
    "json_as_html": ("unsupported:type.mismatch", b"text/html", b'{"error": {"code": 17, "message": "no"}}'),
    "html_as_image": ("unsupported:type.image", b"image/jpeg", layout("Clinic", "<p>words</p>")),
    "jpeg": ("unsupported:type.image", b"image/jpeg", b"\xff\xd8\xff\xe0" + bytes(200)),
    "svg": ("unsupported:type.image", b"image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
    "gzip_file": ("unsupported:type.archive", b"application/gzip", b"\x1f\x8b\x08" + bytes(100)),
    "word_file": ("unsupported:type.archive", b"application/msword", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(90)),
    "json_ld": ("unsupported:type.json", b"application/ld+json", b'{"@context": "https://schema.org"}'),
    "sitemap": ("unsupported:type.xml", b"application/xml", b'<?xml version="1.0"?><urlset></urlset>'),
    "related": ("unsupported:type.multipart", b"multipart/related; boundary=b", b"--b\r\n\r\nx\r\n--b--"),
    "random_bytes": ("unsupported:type.mismatch", b"text/html", bytes(number * 7 % 256 for number in range(5000))),
    "octets": ("unsupported:type.mismatch", b"application/octet-stream", bytes(range(256)) * 8),
    "video": ("unsupported:type.mismatch", b"video/mp4", b"\0\0\0\x18ftypmp42" + bytes(90)),
    "script": ("unsupported:type.mismatch", b"application/javascript", b"document.write('no page')"),
    "style": ("unsupported:type.mismatch", b"text/css", b"p { color: red }"),
}


def register() -> None:
    """Make every document a behaviour of the site: /its_name."""
    for name, (_, content_type, body) in DOCUMENTS.items():

        async def act(visit: Visit, content_type: bytes = content_type, body: bytes = body) -> None:
            await visit.page(body, Content_Type=content_type)

        BEHAVIOURS["/" + name] = act
