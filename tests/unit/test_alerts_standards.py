"""Mails by the book: RFC 5322 line by line, a second parser that shares nothing with Python's, and link makers.

The strict check reads bytes by the grammar that we may write (no obsolete forms), so it does not depend on how lenient
a parser is.
"""

from __future__ import annotations

import base64
import email
import quopri
import re
from collections.abc import Callable
from dataclasses import replace
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime

import pytest
from browser.samples import SAMPLES
from fast_mail_parser import parse_email
from hypothesis import given, settings
from hypothesis import strategies as st
from linkify_it import LinkifyIt
from lxml import html as lxml_html
from unit.alert_mails import NOW, change, mail
from unit.hostile_words import HOSTILE, hostile_mail

from monitor.alerts.headers import Mailbox
from monitor.alerts.links import Links
from monitor.alerts.render import AlertMail, render_mail

ONCE = {"From", "To", "Subject", "Date", "Message-ID", "References", "MIME-Version", "Content-Type"}
ORDER = [
    *("From", "To", "Subject", "Date", "Message-ID", "References", "List-Id", "List-Unsubscribe"),
    *("List-Unsubscribe-Post", "Auto-Submitted", "Precedence", "X-Auto-Response-Suppress", "MIME-Version"),
    "Content-Type",
]

# RFC 5322 3.2.3, 3.4.1, 3.6.4 and RFC 2369, without the obsolete forms
ATEXT = r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]"
DOT_ATOM = rf"{ATEXT}+(?:\.{ATEXT}+)*"
QUOTED = r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"'
ENCODED_WORD = r"=\?utf-8\?b\?[A-Za-z0-9+/]+=*\?="
PHRASE = rf"(?:(?:{ATEXT}+|{QUOTED}|{ENCODED_WORD})(?:\r\n)? )+"
ADDRESS = rf"(?:{DOT_ATOM}|{QUOTED})@{DOT_ATOM}"
DATE = (
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d "
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d [+-]\d{4}"
)
URI = r"<(?:https?|mailto):[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+>"
GRAMMAR = {
    "From": rf"(?:{PHRASE}<{ADDRESS}>|{ADDRESS})",
    "To": rf"(?:{PHRASE}<{ADDRESS}>|{ADDRESS})",
    "Subject": rf"(?:[\x20-\x7e]+|{ENCODED_WORD}(?:\r\n {ENCODED_WORD})*)",
    "Date": DATE,
    "Message-ID": rf"<{DOT_ATOM}@{DOT_ATOM}>",
    "References": rf"<{DOT_ATOM}@{DOT_ATOM}>",
    "List-Id": rf"{PHRASE}<{DOT_ATOM}>",
    "List-Unsubscribe": rf"{URI}(?:, {URI})*",
    "List-Unsubscribe-Post": r"List-Unsubscribe=One-Click",
    "Auto-Submitted": r"auto-generated",
    "Precedence": r"list",
    "X-Auto-Response-Suppress": r"All",
    "MIME-Version": r"1\.0",
    "Content-Type": r'multipart/alternative;(?:\r\n)? boundary="=_[0-9a-f]{32}"',
}
PART_HEADERS = re.compile(
    rb'Content-Type: text/(?:plain|html); charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n'
    rb"(?:MIME-Version: 1\.0\r\n)?"
)
QUOTED_PRINTABLE = re.compile(rb"(?:[\x21-\x3c\x3e-\x7e]|=[0-9A-F]{2}|[ \t](?!\r\n))*=?")  # RFC 2045 6.7


def headers_of(raw: bytes) -> list[tuple[str, str]]:
    """The headers as written, each with its folds."""
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii")
    return [(name, value) for name, _, value in (each.partition(": ") for each in re.split(r"\r\n(?![ \t])", head))]


def check_by_the_book(raw: bytes) -> None:
    """Raises AssertionError for the first thing that RFC 5322, 2045, 2046, 2047, 2369 or 8058 does not allow."""
    assert all(each < 128 for each in raw)
    assert b"\0" not in raw
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", raw), "bare CR or LF"
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    headers = headers_of(raw)
    names = [name for name, _ in headers]
    assert names == [name for name in ORDER if name in names], "order"
    assert set(names) >= ONCE
    for name, value in headers:
        assert re.fullmatch(GRAMMAR[name], value), f"{name}: {value!r}"
        folded = max(map(len, f"{name}: {value}".split("\r\n")))
        assert folded <= 78 or name in {
            "List-Unsubscribe",
            "References",
            "Message-ID",
            "Content-Type",
            "To",
            "From",
            "Subject",
        }
    boundary = dict(headers)["Content-Type"].partition('"')[2].rstrip('"').encode()
    body = raw.partition(b"\r\n\r\n")[2]
    assert len(boundary) <= 70
    _, plain, rich, end = re.split(rb"(?:^|\r\n)--" + re.escape(boundary) + rb"(?=\r\n|--)", body)
    assert end.rstrip(b"\r\n") == b"--"
    for part in (plain, rich):
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        assert PART_HEADERS.fullmatch(head + b"\r\n"), head
        for line in content.split(b"\r\n"):
            assert len(line) <= 76
            assert QUOTED_PRINTABLE.fullmatch(line), line


def decoded(value: str) -> str:
    """A header's words, encoded words decoded by the book: RFC 2047 joins what only folding separates."""
    pieces = re.split(r"\r\n ", value)
    if not all(re.fullmatch(ENCODED_WORD, each) for each in pieces):
        return value
    return b"".join(base64.b64decode(each.split("?")[3]) for each in pieces).decode("utf-8")


def with_links(made: AlertMail) -> AlertMail:
    return replace(made, links=Links("https://watch.example.org", b"k" * 32))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_kind_of_mail_is_by_the_book(name: str) -> None:
    check_by_the_book(render_mail(SAMPLES[name]()).as_bytes())


texts = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(codec=None), max_size=80))


@settings(max_examples=150, deadline=None)
@given(texts)
def test_hostile_words_are_by_the_book(text: str) -> None:
    check_by_the_book(hostile_mail(text).as_bytes())


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw.replace(b"\r\n", b"\n"),
        lambda raw: raw.replace(b"Precedence: list\r\n", b"Precedence: list\r\nBcc: evil@example.com\r\n"),
        lambda raw: raw.replace(b"Subject: ", b"Subject: \xc3\xb8"),
        lambda raw: raw.replace(b"+0000", b"UTC"),
        lambda raw: raw.replace(b"List-Unsubscribe: ", b"List-Unsubscribe:\r\n "),
        lambda raw: raw.replace(b"quoted-printable", b"8bit"),
        lambda raw: raw.replace(b"From: ", b"From: (a comment) "),
    ],
)
def test_the_check_by_the_book_sees_damage(damage: Callable[[bytes], bytes]) -> None:
    raw = render_mail(with_links(mail(change(1)))).as_bytes()
    check_by_the_book(raw)
    with pytest.raises((AssertionError, KeyError)):
        check_by_the_book(damage(raw))


@settings(max_examples=100, deadline=None)
@given(texts)
def test_a_second_parser_reads_the_same(text: str) -> None:
    message = hostile_mail(text)
    raw = message.as_bytes()
    first, second = email.message_from_bytes(raw, policy=default), parse_email(raw)
    assert isinstance(first, EmailMessage)
    own = dict(headers_of(raw))
    assert {name.lower() for name in second.headers} == {name.lower() for name in own}
    assert second.subject == first["Subject"] == decoded(own["Subject"])
    assert (len(second.text_plain), len(second.text_html), len(second.attachments)) == (1, 1, 0)
    for found, kind in ((second.text_plain[0], "plain"), (second.text_html[0], "html")):
        part = first.get_body((kind,))
        assert part is not None
        assert found.splitlines() == part.get_content().splitlines()
    assert [each.address for each in second.to] == ["someone@example.org"]


@pytest.mark.parametrize("name", SAMPLES)
def test_what_a_mail_provider_needs_stands_on_one_line(name: str) -> None:
    """RFC 8058: an HTTPS URI in List-Unsubscribe, unfolded, and the Post header, both to be covered by DKIM."""
    made = SAMPLES[name]()
    raw = render_mail(made).as_bytes()
    headers = dict(headers_of(raw))
    assert "\r\n" not in headers["List-Unsubscribe"]
    assert parsedate_to_datetime(headers["Date"]) == NOW
    if made.links is None:
        assert "List-Unsubscribe-Post" not in headers
        assert headers["List-Unsubscribe"].startswith("<mailto:")
    else:
        assert headers["List-Unsubscribe"].startswith("<https://watch.example.org/u/7/")
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


ADDRESSES = [
    ("Ærlig Ødegård, Foreningen", "a@example.org"),
    ('He said "hi" \\ bye', "a@example.org"),
    ("(comment) evil@example.com", "a@example.org"),
    ("a, b <evil@example.com>;", "a@example.org"),
    ("=?utf-8?q?evil?=", "a@example.org"),
    ("x" * 300, "a+tag@sub.example.org"),
    ("ø" * 300, "a@example.org"),
    ("", "o'brien@example.org"),
]


@pytest.mark.parametrize(("name", "address"), ADDRESSES)
def test_names_with_comments_and_quotes_are_names(name: str, address: str) -> None:
    made = mail(change(1))
    subscription = replace(made.contents.subscription, name=name, address=address)
    raw = render_mail(replace(made, contents=replace(made.contents, subscription=subscription))).as_bytes()
    check_by_the_book(raw)
    parsed = email.message_from_bytes(raw, policy=default)
    (found,) = parsed["To"].addresses
    assert found.addr_spec == address
    (again,) = parse_email(raw).to
    assert again.address == address


def test_a_mailbox_is_read_back_as_it_was() -> None:
    box = Mailbox('Patients, "United"', "a@example.org")
    assert str(make_header(decode_header(str(box)))) == '"Patients, \\"United\\"" <a@example.org>'


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_link_maker_finds_a_link_that_the_page_wrote(text: str) -> None:
    """Fuzzy links, mail addresses and bare IP addresses included: more than any mail client does."""
    maker = LinkifyIt(options={"fuzzy_link": True, "fuzzy_email": True, "fuzzy_ip": True}).tlds("museum", True)
    raw = hostile_mail(text).as_bytes()
    message = email.message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    plain, rich = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert rich is not None
    document = lxml_html.fromstring(rich.get_content())
    for style in document.iter("style"):
        style.text = ""
    for said in (plain.get_content(), "\n".join(document.itertext())):
        found = {each.url for each in maker.match(said) or ()}
        assert {
            re.sub(r"^(?:https?://|mailto:)(?:www\.)?", "", each).partition("/")[0].partition("?")[0] for each in found
        } <= {
            "stemedix.com",
            "clinicwatch@watch.example.org",
        }


def test_the_link_maker_would_find_them() -> None:
    maker = LinkifyIt(options={"fuzzy_link": True, "fuzzy_email": True, "fuzzy_ip": True})
    assert len(maker.match("visit evil.com or www.evil.com/now, 1.2.3.4 or mail evil@evil.com") or ()) == 4


def test_the_bodies_decode_without_pythons_mail_library() -> None:
    raw = render_mail(with_links(mail(change(1, before="Prisen er 5 kr. – ændret")))).as_bytes()
    assert "Prisen er 5 kr. – ændret" in quopri.decodestring(raw).decode("utf-8", "replace")
