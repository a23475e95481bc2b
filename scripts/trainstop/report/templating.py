"""Templates whose every expression passes the escaping door, whether the template asks for it or not."""

import re
import traceback
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, FunctionLoader, StrictUndefined, TemplateError

from trainstop import digests
from trainstop.errors import ConfigurationError
from trainstop.report import chart, escape, own_templates, words
from trainstop.report.inert import Inert
from trainstop.report.weak_spots import weak_spot

TEMPLATES = Path(__file__).parent / "templates"
ADDRESS = re.compile(r"https://[A-Za-z0-9.-]+(?::[0-9]+)?(?:/[A-Za-z0-9._~%/-]*)?")
MARKS = {
    "passed": "✅",
    "failed": "❌",
    "inconclusive": "❔",
    "skipped": "⚪",
    "warned": "⚠️",
    "not run": "⚪",
    "broke off": "❌",
    "unreadable": "❌",
    "blocked": "❌",
    "stopped": "⛔",
    "incomplete": "⚠️",
    "cannot tell": "⚠️",
}


class Markdown(str):
    """Text that is Markdown of ours already. Joining it with other text gives a plain `str`, which is escaped again."""

    __slots__ = ()


def _sources(own: Mapping[str, str]) -> FunctionLoader:
    """Load the project's templates under their own names in place of a file's, so that an error says in which it is."""
    return FunctionLoader(lambda name: (own[name], name, lambda: True) if name in own else None)


def render(template: str, values: Mapping[str, Any], own: Mapping[str, str] | None = None) -> str:
    """Fill a template of `templates/`. Each `{{ expression }}` is made harmless unless it is `Markdown` of ours.

    Args:
        template: name of the file.
        values: what the template may name; a name it does not find is an error, never an empty place.
        own: the project's templates in place of ours, by name; see `own_templates`.

    Raises:
        ConfigurationError: a template of the project's cannot be filled.

    """
    if not own:
        return _tidy(_environment().get_template(template).render(**values))
    try:
        text = _environment(tuple(sorted(own.items()))).get_template(template).render(**values)
    except (
        TemplateError,
        TypeError,
        ValueError,
        ArithmeticError,
        LookupError,
        AttributeError,
        RecursionError,
    ) as error:
        raise _broken(error, own) from error
    return _tidy(own_templates.without_our_lines(text))


def _broken(error: Exception, own: Mapping[str, str]) -> ConfigurationError:
    """Say which of the project's templates cannot be filled, and in which line."""
    name, line = getattr(error, "filename", None) or "", getattr(error, "lineno", None)
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename in own:
            name, line = frame.filename, frame.lineno
    place = f"{name}, line {line}" if line and name in own else ", ".join(own)
    return ConfigurationError(
        f"a template of the project's cannot be filled: {type(error).__name__}: {error}"[:300],
        where=f"{own_templates.KEY}: {place}",
        fix="compare it with the one of trainstop's that it replaces",
    )


def _tidy(text: str) -> str:
    """Return a page without blanks at the ends of its lines and without rows of empty ones."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip() + "\n"


@cache
def _environment(own: tuple[tuple[str, str], ...] = ()) -> Inert:
    """Make the environment once a process; templates of the project's own come first."""
    environment = Inert(
        loader=ChoiceLoader([_sources(dict(own)), FileSystemLoader(TEMPLATES)]),
        autoescape=False,  # not HTML: `finalize` escapes for Markdown, and no template can leave it out
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        code=lambda text, limit=120: Markdown(escape.code(str(text), limit=limit)),
        block=lambda text, limit=4000: Markdown(escape.block(str(text), limit=limit)),
        digest=lambda text: Markdown(escape.code(digests.short(str(text)))),
        signed=lambda value: None if value is None else Markdown(words.signed(value)),
        spread=lambda ends: None if ends is None else Markdown(words.interval(ends, sign=True)),
        mark=lambda outcome: Markdown(MARKS[str(outcome)]),
        link=link,
        count=words.count,
        duration=words.duration,
        span=lambda seconds: "" if seconds is None else words.duration(seconds),
        rate=lambda value: "" if value is None else f"{value:,.0f}",
        figure=lambda value: words.number(value, words.DIFFERENCE_DIGITS),
        percent=words.percent,
        size=words.size,
        listed=words.listed,
        weak_spot=weak_spot,
        differences=lambda part: Markdown(chart.differences(part)),
    )
    return environment


def shown(value: object) -> str:
    """Return a value as a report shows it: text escaped, numbers and intervals written out, nothing for None."""
    if isinstance(value, Markdown):
        return value
    text = words.written(value)
    return (
        escape.markdown(str(value)) if text is None else text
    )  # an undefined value raises here, naming what is missing


def link(address: str, text: str) -> Markdown:
    """Return a link to an address of an ordinary https form; any other address is only shown."""
    if ADDRESS.fullmatch(address):
        return Markdown(f"[{escape.markdown(text)}]({address})")
    return Markdown(escape.code(address))
