"""The page about the actions: for each, what it takes and gives; from the verbs, as the actions themselves."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

import actions
from trainstop import verbs
from trainstop.report.outputs import described

ROOT = Path(__file__).resolve().parents[1]
BY_HAND = {"trainstop/trainstop": "action.yml", "trainstop/trainstop/actions/setup": "actions/setup/action.yml"}
"""The actions that no verb makes."""
HEAD = "| | name | default | meaning |\n| --- | --- | --- | --- |"
EVERYWHERE = ("status", "record", "record-digest")


def tables() -> str:
    """Return a section an action: those of all verbs in the order of the line, after the two written by hand."""
    by_hand = [_by_hand(uses, path) for uses, path in BY_HAND.items()]
    return "\n\n".join([*by_hand, _common(), *(_of(verb) for verb in verbs.VERBS)])


def _of(verb: verbs.Verb) -> str:
    """Return a verb's section."""
    own = {name: text for name, text in described(verb.name).items() if name not in EVERYWHERE}
    rows = [*(_input(option) for option in verb.options), *(_row("output", *each) for each in own.items())]
    groups = f"\n\nGroups for `setup`: `{' '.join(verb.groups)}`." if verb.groups else ""
    table = f"\n\n{HEAD}\n" + "\n".join(rows) if rows else ""
    return f"## {verb.name}\n\n{verb.summary}{groups}{table}"


def _common() -> str:
    """Return what every verb's action takes and gives."""
    outputs = {name: text for name, text in described(verbs.VERBS[0].name).items() if name in EVERYWHERE}
    rows = [*(_input(option) for option in actions.COMMON), *(_row("output", *each) for each in outputs.items())]
    return "## Every verb\n\n" + "\n".join([HEAD, *rows])


def _by_hand(uses: str, path: str) -> str:
    """Return the section of an action that is written by hand."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
    rows = [
        *(_row("input", name, about["description"], _default(about)) for name, about in loaded["inputs"].items()),
        *(_row("output", name, about["description"]) for name, about in loaded["outputs"].items()),
    ]
    return f"## {uses}\n\n{loaded['description']}\n\n" + "\n".join([HEAD, *rows])


def _default(about: Mapping[str, Any]) -> str:
    """Return a default as a cell."""
    return "required" if about.get("required") else f"`{about['default']}`" if about.get("default") else ""


def _input(option: verbs.Option) -> str:
    """Return an option's row."""
    written = actions.default(option)
    shown = "required" if option.required else f"`{written}`" if written else ""
    choices = f" One of {', '.join(option.choices)}." if option.choices else ""
    return _row("input", option.kebab, option.help + choices, shown)


def _row(kind: str, name: str, meaning: str, default: str = "") -> str:
    """Return one row."""
    return f"| {kind} | `{name}` | {default} | {meaning.replace('|', chr(92) + '|')} |"


def listed(page: str) -> Iterator[tuple[str, str, str]]:
    """Yield what a page lists: section, `input` or `output`, name."""
    section = ""
    for line in page.splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        if line.startswith(("| input |", "| output |")):
            kind, name = (cell.strip() for cell in line.split("|")[1:3])
            yield section, kind, name.strip("`")
