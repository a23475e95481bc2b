"""Sections of a comment: taken apart and put together again, and room shared among them."""

from hypothesis import example, given
from hypothesis import strategies as st

from trainstop.adapters import sections

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r<", exclude_categories=("Cc", "Cs")), max_size=60)
NAMES = st.from_regex(r"[a-z]{1,8}", fullmatch=True)


def section(name: str, text: str) -> str:
    return f"<!-- trainstop:report:{name} -->\n<!-- trainstop:run:1.1 -->\nx{text}x"


@given(st.dictionaries(NAMES, TEXTS, max_size=5))
def test_what_was_put_together_comes_apart_again(texts: dict[str, str]) -> None:
    there = {f"<!-- trainstop:report:{name} -->": section(name, text) for name, text in texts.items()}
    assert sections.split(sections.join("<!-- first -->", there)) == there
    assert sections.split(sections.join("<!-- first -->", there).replace("\n", "\r\n")) == there


def test_a_text_without_sections_has_none() -> None:
    assert sections.split("hello <!-- trainstop:report:m --> there") == {}


@given(st.lists(st.integers(0, 1000), max_size=8), st.integers(0, 3000))
@example([1, 1], 1)
@example([3, 1, 3], 6)
def test_room_is_shared_so_that_no_text_has_less_than_another_that_was_cut(sizes: list[int], room: int) -> None:
    given_ = sections.shares(sizes, room)
    assert sum(given_) <= room
    assert all(have <= size for have, size in zip(given_, sizes, strict=True))
    if sum(sizes) <= room:
        assert given_ == sizes
    cut = [have for have, size in zip(given_, sizes, strict=True) if have < size]
    if cut:
        assert max(given_) <= max(cut)
        assert min(cut) >= room // len(sizes)
