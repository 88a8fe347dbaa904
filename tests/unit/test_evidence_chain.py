"""Canonical JSON: one way to write a record (RFC 8785)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.evidence.chain import canonical_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"b": 1, "a": [True, None]}, b'{"a":[true,null],"b":1}'),
        # RFC 8785, section 3.2.2.2: only what must be escaped is, with lower-case digits
        ('€$\x0f\nA\'B"\\\\"/\x1f\x7f', b'"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/\\u001f\x7f"'),
        # section 3.2.3: keys are sorted by UTF-16 code units, which puts an emoji before U+FB33
        ({"\ufb33": 1, "\U0001f600": 2, "\r": 3, "1": 4}, '{"\\r":3,"1":4,"\U0001f600":2,"\ufb33":1}'.encode()),
        ("lone \ud83d surrogate", "lone \ufffd surrogate".join('""').encode()),
        ("pair \ud83d\ude00", '"pair 😀"'.encode()),
    ],
)
def test_as_rfc_8785_writes_it(value: object, written: bytes) -> None:
    assert canonical_json(value) == written


@given(VALUES)
def test_reads_back_and_is_written_the_same_again(value: object) -> None:
    written = canonical_json(value)
    assert json.loads(written) == value
    assert canonical_json(json.loads(written)) == written


@pytest.mark.parametrize("value", [1.5, 2**53, -(2**53), b"bytes", {"a": {1, 2}}])
def test_what_readers_would_disagree_about_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        canonical_json(value)
