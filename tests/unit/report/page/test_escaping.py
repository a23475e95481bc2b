"""The doors through which foreign text enters HTML and data enters a script."""

import json
from html import unescape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trainstop.report.escape import visible
from trainstop.report.page import escaping

ANY = st.text(st.characters(), max_size=200)  # lone surrogates included
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY, lambda inner: st.lists(inner) | st.dictionaries(ANY, inner)
)


@given(ANY)
@example("</script>\u2028'\"&<!--")
def test_text_holds_nothing_that_acts_in_an_element_or_an_attribute(foreign: str) -> None:
    shown = str(escaping.text(foreign))
    assert not set("<>\"'\n\r\u2028\u2029") & set(shown)
    assert unescape(shown) == visible(foreign, escaping.LONGEST)
    shown.encode()


@given(ANY)
@example("say `<b>` and `c")
def test_prose_holds_no_element_but_code(foreign: str) -> None:
    shown = str(escaping.prose(foreign))
    rest = shown.replace("<code>", "").replace("</code>", "")
    assert not set("<>\"'") & set(rest)
    assert shown.count("<code>") == shown.count("</code>")


def test_a_name_between_backticks_is_code() -> None:
    assert escaping.prose("`a<b`: 3 rows of (`c`)") == "<code>a&lt;b</code>: 3 rows of (<code>c</code>)"


@given(VALUES)
def test_data_comes_back_as_it_was_and_cannot_end_its_script(value: object) -> None:
    told = escaping.data(value)
    assert not set("<>&\u2028\u2029") & set(told)
    sent = json.loads(json.dumps(value).encode("utf-8", "replace"))
    assert json.loads(told) == json.loads(json.dumps(sent, ensure_ascii=False).encode("utf-8", "replace"))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_json_does_not_know_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        escaping.data([value])
