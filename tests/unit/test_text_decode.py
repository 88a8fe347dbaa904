"""Bytes to characters as browsers do it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.decode import decode, repair_double_encoding

META = b"<html><head><meta charset='%s'></head>"


@pytest.mark.parametrize(
    ("body", "content_type", "encoding", "text"),
    [
        ("é".encode(), "text/html; charset=utf-8", "utf-8", "é"),
        ("é".encode(), "text/html; charset=UTF8", "utf-8", "é"),
        ("é".encode("latin-1"), 'text/html; charset="iso-8859-1"', "windows-1252", "é"),
        (b"\x80 5", "text/html;charset=latin1", "windows-1252", "€ 5"),
        (b"a\x81b", "text/html; charset=windows-1252", "windows-1252", "a\x81b"),
        ("é".encode(), "text/html", "utf-8", "é"),
        ("é".encode("latin-1"), "", "windows-1252", "é"),
        ("\ufeffé".encode(), "text/html; charset=iso-8859-1", "utf-8", "é"),
        ("é".encode("utf-16"), "text/html; charset=utf-8", "utf-16le", "é"),
        (b"\xfe\xff" + "é".encode("utf-16-be"), "", "utf-16be", "é"),
        ("<?xml é".encode("utf-16-le"), "", "utf-16le", "<?xml é"),
        ("é".encode(), "text/html; charset=nonsense", "utf-8", "é"),
        ("日本".encode("shift_jis"), "text/html; charset=shift_jis", "shift_jis", "日本"),
        ("ąę".encode("iso-8859-2"), "text/html; charset=iso-8859-2", "iso-8859-2", "ąę"),
    ],
)
def test_who_declares_the_encoding(body: bytes, content_type: str, encoding: str, text: str) -> None:
    decoded = decode(body, content_type)
    assert (decoded.encoding, decoded.text) == (encoding, text)


@pytest.mark.parametrize(
    ("declared", "header", "encoding"),
    [
        (b"iso-8859-1", "", "windows-1252"),
        (b"utf-16", "", "utf-8"),
        (b"x-user-defined", "", "windows-1252"),
        (b"iso-8859-1", "text/html; charset=utf-8", "utf-8"),
        (b"nonsense", "", "utf-8"),
    ],
)
def test_a_meta_counts_after_the_header(declared: bytes, header: str, encoding: str) -> None:
    assert decode(META % declared + "é".encode(), header).encoding == encoding


def test_a_meta_counts_only_at_the_start_and_outside_of_comments() -> None:
    assert decode(b" " * 1100 + META % b"iso-8859-1" + "é".encode(), "").encoding == "utf-8"
    assert decode(b"<!-- <meta charset=iso-8859-1> -->" + "é".encode(), "").encoding == "utf-8"
    assert decode(META % b"iso-8859-1" + "é".encode(), "", markup=False).encoding == "utf-8"


@pytest.mark.parametrize(
    ("body", "encoding", "text"),
    [
        (b"<meta charset=nonsense><meta charset=iso-8859-2>" + "ą".encode("iso-8859-2"), "iso-8859-2", "ą"),
        (b" " * 1100 + META % b"iso-8859-2" + "ą".encode("iso-8859-2"), "iso-8859-2", "ą"),
        (b"<meta name=a content='b'><meta charset=koi8-r>" + "я".encode("koi8-r"), "koi8-r", "я"),
        (
            b"<meta http-equiv=Content-Type content='text/html; charset=windows-1251'>" + "я".encode("cp1251"),
            "windows-1251",
            "я",
        ),
    ],
)
def test_the_first_meta_that_names_an_encoding_counts(body: bytes, encoding: str, text: str) -> None:
    decoded = decode(body, "text/html")
    assert (decoded.encoding, decoded.text[-1]) == (encoding, text)


def test_what_is_odd_is_said() -> None:
    assert decode("é".encode(), "").findings == ("encoding not declared; read as utf-8",)
    assert decode(b"plain", "").findings == ()
    assert decode(b"a\xff\xffb", "text/html; charset=utf-8").findings == ("2 characters are not valid utf-8 (header)",)
    assert decode("Ã©tÃ© CafÃ©".encode(), "text/html; charset=utf-8").findings == (
        "repaired 3 characters that were encoded twice",
    )


@pytest.mark.parametrize(
    ("text", "repaired"),
    [
        ("donâ€™t and â€œquotesâ€\u009d", "don’t and “quotes”"),
        ("FÃ¸lg os pÃ¥ rejsen", "Følg os på rejsen"),
        ("â‚¬ 5.000", "€ 5.000"),
        ("fÃ¼r", "fÃ¼r"),  # one pair alone proves nothing
        ("MANHÃ ©, MANHÃ É", "MANHÃ ©, MANHÃ É"),  # Portuguese
        ("Ærø før på été", "Ærø før på été"),
        ("Âge, âge, château", "Âge, âge, château"),
        ("plain", "plain"),
    ],
)
def test_only_what_was_surely_encoded_twice_is_repaired(text: str, repaired: str) -> None:
    assert repair_double_encoding(text)[0] == repaired


@given(st.text(alphabet="Ãâ©€™é ø¸¥abÅ…ð\u0080\u0099", max_size=40))
def test_repairing_never_fails_nor_grows(text: str) -> None:
    repaired, count = repair_double_encoding(text)
    assert len(repaired) <= len(text)
    assert (count == 0) == (repaired == text)


@given(
    st.binary(max_size=200),
    st.sampled_from(["", "text/html", "text/html; charset=utf-8", "a/b; charset=utf-16", "x; charset=gbk"]),
)
def test_decoding_never_fails(body: bytes, content_type: str) -> None:
    assert isinstance(decode(body, content_type).text, str)
