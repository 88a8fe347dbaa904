"""Page text to bytes and back: canonical JSON, the same bytes for the same page text."""

from __future__ import annotations

from typing import Final

import msgspec

from monitor.types import PageText

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_DECODER: Final = msgspec.json.Decoder(PageText)


def encode_page_text(page: PageText) -> bytes:
    """`page` as UTF-8 JSON, its fields in their order, one block a line: versions differ where the pages do."""
    return msgspec.json.format(_ENCODER.encode(page), indent=0).replace(b"},{", b"},\n{")


def decode_page_text(data: bytes) -> PageText:
    """The page text that `encode_page_text` wrote. Raises msgspec.DecodeError for anything else."""
    return _DECODER.decode(data)
