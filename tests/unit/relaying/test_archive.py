"""The archive: one plain file comes out of it, or nothing does, whoever made it."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes import strangers

from trainstop.relaying import archive
from trainstop.relaying.archive import only_file
from trainstop.relaying.limits import BYTES, UnfitError

HONEST = strangers.honest()
ARCHIVES = strangers.archives()


def test_the_one_file_comes_out_as_it_is() -> None:
    assert only_file(strangers.packed(b"{}"), BYTES) == b"{}"
    assert only_file(strangers.packed(b"{}", how=0, attributes=0), BYTES) == b"{}"


def test_a_file_of_just_the_size_is_taken_and_one_byte_more_is_not() -> None:
    assert len(only_file(strangers.packed(b"x" * 100), 100)) == 100
    with pytest.raises(UnfitError):
        only_file(strangers.packed(b"x" * 101), 100)


def test_no_more_is_unpacked_than_allowed_whatever_the_archive_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_require_plain", lambda member, size: None)
    with pytest.raises(UnfitError, match="is larger than 100 bytes"):
        only_file(strangers.packed(b"x" * 101), 100)


@pytest.mark.parametrize("name", ARCHIVES)
def test_anything_else_is_refused_with_words(name: str) -> None:
    content, words = ARCHIVES[name]
    with pytest.raises(UnfitError, match=words):
        only_file(content, BYTES)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(HONEST) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_whatever_is_changed_it_is_the_same_file_or_refused(changes: list[tuple[int, int]]) -> None:
    content = bytearray(HONEST)
    for place, value in changes:
        content[place] = value
    with suppress(UnfitError):
        assert only_file(bytes(content), BYTES) == only_file(HONEST, BYTES)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_noise_is_refused(content: bytes) -> None:
    with pytest.raises(UnfitError):
        only_file(content, BYTES)
