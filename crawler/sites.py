"""Which hosts belong to one site: the registrable domain, by the public suffix list.

Apart from `crawler.urls`, because the list's library takes 80 ms to import and few processes need it.
"""

from __future__ import annotations

import functools

import tldextract

from crawler.urls import is_address


@functools.cache
def _public_suffixes() -> tldextract.TLDExtract:
    """The list of public suffixes that comes with the library: no network, no cache directory. Sites of one builder
    (name.wixsite.com) are different sites: private suffixes count."""
    return tldextract.TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True)


def site_of(host: str) -> str:
    """The registrable domain that `host` belongs to; the host itself for addresses and names without one."""
    if is_address(host):
        return host
    known = _public_suffixes()(host).top_domain_under_public_suffix
    return known or ".".join(
        host.split(".")[-2:]
    )  # "If no rules match, the prevailing rule is '*'." (publicsuffix.org)


def is_same_site(one: str, other: str) -> bool:
    """Do two hosts belong to one registrable domain?"""
    return one.removeprefix("www.") == other.removeprefix("www.") or site_of(one) == site_of(other)
