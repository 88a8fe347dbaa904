"""What looks wrong and is not: the page is there all the same, and nothing in it has changed."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli
import zstandard

from tests.hostile.site import BEHAVIOURS, Visit

ODDITIES: list[str] = []
Change = Callable[[bytes], bytes]


def html_of(visit: Visit) -> bytes:
    assert visit.site.clinic is not None
    return visit.site.clinic.html(visit.path.partition("?")[0])


def odd(name: str, change: Change = bytes, status: str = "200 OK", **headers: bytes) -> None:
    """The healthy page with its bytes changed, under other headers."""

    async def act(visit: Visit) -> None:
        await visit.page(change(html_of(visit)), status, **headers)

    BEHAVIOURS["/" + name] = act
    ODDITIES.append(name)


def raw(name: str, head: bytes, change: Change = bytes) -> None:
    """The healthy page behind a head of its own; the connection's end is the body's."""

    async def act(visit: Visit) -> None:
        await visit.send(head + b"\r\n" + change(html_of(visit)))
        visit.close()

    BEHAVIOURS["/" + name] = act
    ODDITIES.append(name)


def replaced(before: str, after: str) -> Change:
    return lambda html: html.replace(before.encode(), after.encode())


def chunked(html: bytes) -> bytes:
    """In chunks of 100 bytes with extensions, and a trailer."""
    chunks = [html[at : at + 100] for at in range(0, len(html), 100)]
    return b"".join(b'%X;a="b"\r\n%s\r\n' % (len(one), one) for one in chunks) + b"0\r\nX-Trailer: yes\r\n\r\n"


def recoded(encoding: str) -> Change:
    declared = f'charset="{encoding}"'.encode()
    return lambda html: html.replace(b'charset="utf-8"', declared).decode().encode(encoding)


OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"

odd("odd_gzip", gzip.compress, Content_Encoding=b"gzip")
odd("odd_deflate", zlib.compress, Content_Encoding=b"deflate")
odd("odd_raw_deflate", lambda html: zlib.compress(html, wbits=-15), Content_Encoding=b"deflate")
odd("odd_br", brotli.compress, Content_Encoding=b"br")
odd("odd_zstd", zstandard.compress, Content_Encoding=b"zstd")
odd("odd_gzip_twice", lambda html: gzip.compress(gzip.compress(html)), Content_Encoding=b"gzip, gzip")
odd("odd_gzip_members", lambda html: gzip.compress(html[:900]) + gzip.compress(html[900:]), Content_Encoding=b"gzip")
odd("odd_coding_is_charset", Content_Encoding=b"utf-8")
raw("odd_chunked", OK + b"Transfer-Encoding: chunked\r\n", chunked)
raw("odd_close_delimited", OK)
raw("odd_http_1_0", OK.replace(b"1.1", b"1.0"))
raw("odd_bare_newlines", OK.replace(b"\r\n", b"\n"))
raw("odd_early_hints", b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + OK)
raw("odd_long_header", OK + b"X-Big: " + b"x" * 10_000 + b"\r\nX-Sted: K\xf8benhavn\r\n")
raw("odd_no_phrase", OK.replace(b" OK", b""))
raw("odd_no_type", b"HTTP/1.1 200 OK\r\n")
raw("odd_cookies", OK + b"".join(b"Set-Cookie: session%d=%s\r\n" % (number, b"c" * 300) for number in range(100)))
odd("odd_latin1", recoded("iso-8859-1"), Content_Type=b"text/html")
odd("odd_windows_1252", recoded("windows-1252"), Content_Type=b"text/html; charset=windows-1252")
odd("odd_utf16", lambda html: html.decode().encode("utf-16"), Content_Type=b"text/html")
odd("odd_bom", lambda html: b"\xef\xbb\xbf" + html)
odd("odd_wrong_charset_name", Content_Type=b"text/html; charset=utf8mb4")
odd("odd_upper_case_type", Content_Type=b"TEXT/HTML;CHARSET=UTF-8")
odd("odd_xhtml", Content_Type=b"application/xhtml+xml")
odd("odd_nul", replaced("nurse", "nur\x00se"))
odd("odd_bidi", replaced("nurse", "\u202dnurse\u202c"))
odd("odd_zero_width", replaced("interpreter", "inter\u200bpre\u200dter"))
odd("odd_soft_hyphens", replaced("laboratory", "labora\u00adtory"))
odd("odd_megabyte_line", replaced("</body>", "<!--" + "x" * 1_000_000 + "--></body>"))
odd("odd_megabyte_script", replaced("</body>", "<script>" + "var a = 1;" * 100_000 + "</script></body>"))
odd("odd_entities", replaced("nurse", "&#110;&#x75;rse"))
odd("odd_unclosed", replaced("</p>", ""))
odd("odd_shouting_tags", lambda html: html.replace(b"<p>", b"<P>").replace(b"</p>", b"</P>"))
odd("odd_reload", replaced("<title>", '<meta http-equiv="refresh" content="600"><title>'))
odd(
    "odd_noscript_refresh",
    replaced("<title>", '<noscript><meta http-equiv="refresh" content="0;url=/x"></noscript><title>'),
)
odd(
    "odd_popup",
    replaced(
        "</body>",
        "<div class='modal' role='dialog'><h2>Accept cookies to continue</h2><button>OK</button></div></body>",
    ),
)
odd("odd_captcha_form", replaced("</main>", '<form><div class="g-recaptcha" data-sitekey="x"></div></form></main>'))
odd(
    "odd_challenge_script",
    replaced("</body>", '<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script></body>'),
)
odd("odd_empty_mount_point", replaced("</body>", '<div id="app"></div></body>'))
odd("odd_password_field", replaced("</header>", '<form><input type="password" name="p"></form></header>'))


async def odd_moved(visit: Visit) -> None:
    """A permanent redirect to where the page stands now."""
    if visit.path.endswith("?there"):
        await visit.page(html_of(visit))
    else:
        await visit.page(b"moved", "301 Moved Permanently", Location=b"/odd_moved?there")


async def odd_www(visit: Visit) -> None:
    """A redirect from the bare name to www."""
    if (visit.header("Host") or "").startswith("www."):
        await visit.page(html_of(visit))
    else:
        await visit.page(b"", "302 Found", Location=visit.site.fill("http://www.clinic.test:{port}/odd_www").encode())


async def odd_validators(visit: Visit) -> None:
    """304 to whoever brings a validator: nobody can, none was given."""
    if visit.header("If-None-Match") or visit.header("If-Modified-Since"):
        await visit.page(b"a validator that was never given", "500 Oops")
    else:
        await visit.page(html_of(visit))


async def odd_slow(visit: Visit) -> None:
    """In small pieces, but all of it."""
    html = html_of(visit)
    await visit.send(OK + b"Content-Length: %d\r\n\r\n" % len(html))
    for at in range(0, len(html), 500):
        await visit.send(html[at : at + 500])


for _name in ("odd_moved", "odd_www", "odd_validators", "odd_slow"):
    BEHAVIOURS["/" + _name] = globals()[_name]
    ODDITIES.append(_name)
