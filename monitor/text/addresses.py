"""What an address says of the document behind it."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit


def file_name(address: str) -> str:
    """The last part of the address's path, as people write it; the address itself where there is none."""
    try:
        path = urlsplit(address).path
    except ValueError:  # "http://[": not one that a page's own links were made of, but a stored text may hold anything
        return address
    return unquote(path.rpartition("/")[2]) or address
