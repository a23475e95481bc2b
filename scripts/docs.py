"""Make what is generated from the code: the configuration's schema, the actions, and the tables in README and docs.

`python scripts/docs.py` writes; with `--check` it only says what is stale, and exits 1.
"""

import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import action_tables
import actions
import workflow_tables
from trainstop import verbs
from trainstop.config.described import described, sections_of
from trainstop.config.root import Config
from trainstop.config.schema import text

ROOT = Path(__file__).resolve().parents[1]
PAGES = (ROOT / "README.md", *(ROOT / "docs" / f"{name}.md" for name in ("configuration", "github", "actions")))
SCHEMA = ROOT / "schema" / "trainstop.schema.json"


def verb_table() -> str:
    """One row a verb, as `--help` says it."""
    rows = [f"| `{verb.name}` | {verb.summary} |" for verb in verbs.VERBS]
    return "\n".join(["| verb | does |", "| --- | --- |", *rows])


def config_table() -> str:
    """One row a key, with its default and meaning."""
    rows = list(_rows(described(Config), ""))
    return "\n".join(["| key | default | meaning |", "| --- | --- | --- |", *rows])


def _rows(section: type[BaseModel], prefix: str) -> Iterator[str]:
    """Yield the rows of a table and of the tables in it."""
    for name, field in section.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        inner = _section(field.annotation)
        if inner is not None:
            annotation = str(field.annotation)
            many = ".<name>." if "dict" in annotation else "[]." if "tuple" in annotation else "."
            yield from _rows(inner, f"{key}{many}")
            continue
        default = "" if field.is_required() else _written(field.default)
        yield f"| `{key}` | {default} | {_meaning(field.description or '')} |"


def _section(annotation: Any) -> type[BaseModel] | None:
    """Return the section behind a key, if it is one."""
    found = sections_of(annotation)
    return found[-1] if found else None


def _written(default: Any) -> str:
    """Write a default as the file would, or nothing when it is empty."""
    if default in ("", (), {}, None):
        return ""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, tuple):
        return "`[" + ", ".join(f'"{item}"' if isinstance(item, str) else str(item) for item in default) + "]`"
    return f'`"{default}"`' if isinstance(default, str) else f"`{default:g}`"


def _meaning(description: str) -> str:
    """Keep a description in one table cell."""
    return description.replace("\n", " ").replace("|", "\\|")


BLOCKS: dict[str, Callable[[], str]] = {
    "verbs": verb_table,
    "configuration": config_table,
    "actions": action_tables.tables,
    "permissions": workflow_tables.permissions,
    **{name: partial(workflow_tables.interface, name) for name in workflow_tables.CALLED},
}


def fresh(page: str) -> str:
    """Return a page with every generated block made again."""
    for name, make in BLOCKS.items():
        pattern = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end: {name} -->)", re.DOTALL)
        page = pattern.sub(partial(_filled, make), page)
    return page


def _filled(make: Callable[[], str], match: re.Match[str]) -> str:
    """Return a generated block between its marks."""
    return f"{match[1]}{make()}\n{match[2]}"


def main() -> int:
    """Write or check."""
    made = {ROOT / "actions" / verb.name / "action.yml": actions.action(verb) for verb in verbs.VERBS}
    wanted = {SCHEMA: text(), **made, **{page: fresh(page.read_text(encoding="utf-8")) for page in PAGES}}
    stale = [
        path for path, content in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != content
    ]
    for path in stale:
        print(("stale: " if "--check" in sys.argv else "wrote: ") + str(path.relative_to(ROOT)))
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
