"""Mail headers written by our own hand: pure.

Python's mail library decodes what looks encoded and folds what is long. Both are wrong here: a page's title must
never be decoded, and providers read a folded List-Unsubscribe badly. So header values are made here, checked here,
and written out as they are.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from email.policy import EmailPolicy
from email.utils import parseaddr
from typing import Any

from monitor.alerts.clean import clean_header
from monitor.errors import ConfigError, UsageError
from monitor.store.preferences import check_address

MAX_LINE = 990  # RFC 5322 2.1.1: 998 without the line's end
_ENCODED_WORD_BYTES = 42  # as base64 56 characters, 68 with its frame: RFC 2047 allows 75
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name ("" for none) and an address."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    def __str__(self) -> str:
        if not self.name:
            return self.address
        name = self.name if _ATOM.fullmatch(self.name) else f'"{_escaped(self.name)}"'
        return f"{name} <{self.address}>"


def parse_mailbox(text: str) -> Mailbox:
    """`alerts.sender`: "Name <address>" or an address. Raises ConfigError."""
    name, address = parseaddr(text)
    try:
        return Mailbox(clean_header(name, 100), check_address(address))
    except UsageError as error:
        raise ConfigError("clinicwatch.toml", "alerts.sender", f"{text!r}: {error}") from error


class MailPolicy(EmailPolicy):
    """How our mails are written: CRLF, quoted-printable bodies of at most 76 columns (RFC 2045), and headers exactly
    as `header_line` makes them."""

    def fold(self, name: str, value: Any) -> str:
        return header_line(name, str(value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        return header_line(name, str(value)).encode("ascii")


MAIL_POLICY = MailPolicy(linesep="\r\n", max_line_length=76, cte_type="7bit")


def header_line(name: str, value: str) -> str:
    """One header as it goes over the wire, CRLF included.

    ASCII stays as it is, unfolded; a name or subject with other letters becomes encoded words (RFC 2047), one a line.
    Raises ValueError for control characters, for what a reader would decode, and for a line too long: values must
    be clean before they get here.
    """
    if _FORBIDDEN.search(value):
        raise ValueError(f"control character in the header {name}")
    if "=?" in value:
        raise ValueError(f"encoded word in the header {name}")
    if value.isascii():
        line = f"{name}: {value}"
    elif name in {"To", "From"}:
        phrase, _, address = value.rpartition(" <")
        line = f"{name}: {_encoded(_unquoted(phrase))} <{address}"
    else:
        line = f"{name}: {_encoded(value)}"
    if any(len(each) > MAX_LINE for each in line.split("\r\n")):
        raise ValueError(f"the header {name} is too long")
    return line + "\r\n"


def _encoded(text: str) -> str:
    """`text` as encoded words, cut between characters, one to a folded line."""
    words: list[bytes] = []
    rest = bytearray()
    for character in text:
        encoded = character.encode("utf-8")
        if len(rest) + len(encoded) > _ENCODED_WORD_BYTES:
            words.append(bytes(rest))
            rest.clear()
        rest += encoded
    words.append(bytes(rest))
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(word).decode('ascii')}?=" for word in words)


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


def _unquoted(phrase: str) -> str:
    if len(phrase) > 1 and phrase[0] == phrase[-1] == '"':
        return re.sub(r"\\(.)", r"\1", phrase[1:-1])
    return phrase
