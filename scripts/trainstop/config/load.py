"""Reading the configuration: file, then environment, then flags; every mistake named with its line and the nearest key.

Order, strongest first: `--set section.key=value`, environment `TRAINSTOP__SECTION__KEY=value`, the file, the default.
"""

import difflib
import json
import tomllib
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from trainstop.config.lines import line_of
from trainstop.config.root import DEFAULT_ENVIRONMENTS, Config
from trainstop.errors import ConfigurationError

FILE_NAME = "trainstop.toml"
PYPROJECT_TABLE = ("tool", "trainstop")
ENVIRONMENT_PREFIX = "TRAINSTOP__"


@dataclass(frozen=True)
class Source:
    """Where a configuration was read from: its file, the text, and the table's place in it."""

    path: Path
    text: str
    prefix: tuple[str, ...] = ()


def load(path: Path, *, environ: Mapping[str, str] | None = None, settings: Iterable[str] = ()) -> Config:
    """Read and check a configuration.

    Args:
        path: `trainstop.toml`, a `pyproject.toml` with `[tool.trainstop]`, or a folder that holds one of them.
        environ: environment variables; those named `TRAINSTOP__...` set a key each.
        settings: `section.key=value` from flags; stronger than all else.

    Raises:
        ConfigurationError: no file, not TOML, an unknown key, a value that cannot be.

    """
    source = _find(path)
    try:
        tables: dict[str, Any] = tomllib.loads(source.text)
    except (ValueError, RecursionError) as error:  # besides what is no TOML: a number, or a nesting, without end
        raise ConfigurationError(f"not TOML: {error}", where=str(source.path), fix="correct that line") from error
    tables = _inner(tables, source)
    origins: dict[tuple[str, ...], str] = {}
    overrides = list(_overrides(environ or {}, settings))
    if any(_dashed(words[0]) == "environments" for words, _, _ in overrides):
        tables.setdefault("environments", deepcopy(DEFAULT_ENVIRONMENTS))
    for words, value, origin in overrides:
        key = words if origin.startswith("--set") else _spelled(tables, words)
        _put(tables, key, value, origin)
        origins[tuple(key)] = origin
    try:
        return Config.model_validate(tables)
    except ValidationError as error:
        raise _explain(error, source, origins) from error


def _inner(tables: dict[str, Any], source: Source) -> dict[str, Any]:
    """Return the table that holds the configuration.

    Raises:
        ConfigurationError: something else has its name.

    """
    found: Any = tables
    for name in source.prefix:
        found = found[name]
    if isinstance(found, dict):
        return found
    line = line_of(source.text, source.prefix)
    raise ConfigurationError(
        f"`{'.'.join(source.prefix)}` is no table",
        where=f"{source.path}:{line}" if line else str(source.path),
        fix=f"write the configuration below `[{'.'.join(source.prefix)}]`",
    )


def config_file(path: Path) -> Path:
    """Return the file that `path` (a file or a folder) means."""
    return _find(path).path


def _find(path: Path) -> Source:
    """Read the file, or the folder's."""
    candidates = (path / FILE_NAME, path / "pyproject.toml") if _is_folder(path) else (path,)
    for candidate in candidates:
        try:
            text = candidate.read_text(encoding="utf-8")
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"the configuration cannot be read: {error}"[:500], where=str(candidate), fix="save it as UTF-8 text"
            ) from error
        if candidate.name != "pyproject.toml":
            return Source(candidate, text)
        if _holds_ours(text):
            return Source(candidate, text, PYPROJECT_TABLE)
    raise ConfigurationError(
        "there is no configuration",
        where=" or ".join(str(candidate) for candidate in candidates),
        fix=f"say which file with --config, or write a {FILE_NAME}, or `[{'.'.join(PYPROJECT_TABLE)}]` in a "
        "pyproject.toml (see the README)",
    )


def _holds_ours(text: str) -> bool:
    """Say whether a pyproject.toml is about us; one that cannot be read may be, where it names us."""
    outer, inner = PYPROJECT_TABLE
    try:
        tool = tomllib.loads(text).get(outer)
    except (ValueError, RecursionError):
        return f"{outer}.{inner}" in text
    return isinstance(tool, dict) and inner in tool


def _is_folder(path: Path) -> bool:
    """Say whether there is such a folder; a path that cannot be one at all is none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _overrides(environ: Mapping[str, str], settings: Iterable[str]) -> Iterable[tuple[list[str], Any, str]]:
    """Yield (key path, value, where it was said), weakest first."""
    for name, text in sorted(environ.items()):
        if name.startswith(ENVIRONMENT_PREFIX):
            yield name.removeprefix(ENVIRONMENT_PREFIX).split("__"), _value(text), f"environment variable {name}"
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals or not key.strip():
            raise ConfigurationError(
                f"`--set {setting[:200]}` is not `section.key=value`", where="--set", fix="e.g. --set gates.auc.min=0.7"
            )
        yield key.strip().split("."), _value(text), f"--set {key.strip()}"


def _spelled(tables: Mapping[str, Any], words: list[str]) -> list[str]:
    """Return the key that an environment variable means: it can write neither a dash nor, by custom, small letters.

    A name that is known, or stands in the file, is spelled as it is there. Of names that are neither, a gate's or an
    environment's is in small letters with its `_`; a name in a table of plain texts stays as it was written.
    """
    path: list[str] = []
    place: Any = tables
    for word in words:
        known = known_keys(tuple(path))
        names = [*known, *(place if isinstance(place, dict) else ())]
        same = [name for name in names if _dashed(name) == _dashed(word)]
        path.append(same[0] if same else _new(word, plain=bool(path and not known), last=len(path) == len(words) - 1))
        place = place.get(path[-1]) if isinstance(place, dict) else None
    return path


def _new(word: str, *, plain: bool, last: bool) -> str:
    """Return the spelling of a name that is not known."""
    if plain:
        return word
    return _dashed(word) if last else word.lower()


def _dashed(name: str) -> str:
    """Return a name with the differences gone that an environment variable cannot write."""
    return name.lower().replace("_", "-")


def _value(text: str) -> Any:
    """Read a value as TOML would, and as plain text when it is none."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text


def _put(tables: dict[str, Any], path: list[str], value: Any, origin: str) -> None:
    """Set one key in nested tables."""
    for name in path[:-1]:
        tables = tables.setdefault(name, {})
        if not isinstance(tables, dict):
            raise ConfigurationError(f"`{name}` is a value, not a table", where=origin, fix="name one of its keys")
    tables[path[-1]] = value


def _explain(error: ValidationError, source: Source, origins: Mapping[tuple[str, ...], str]) -> ConfigurationError:
    """Say the first mistake in a person's words, and count the others."""
    mistakes = error.errors()
    first = mistakes[0]
    path = tuple(str(item) for item in first["loc"])
    what, fix = _words(first, path)
    more = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
    return ConfigurationError(what + more, where=f"{_place(path, source, origins)}, key `{'.'.join(path)}`", fix=fix)


def _place(path: tuple[str, ...], source: Source, origins: Mapping[tuple[str, ...], str]) -> str:
    """Return who said what is wrong: a flag or a variable, the file's line, or both where they disagree."""
    for said, origin in reversed(list(origins.items())):
        if path[: len(said)] == said:
            return origin
    line = line_of(source.text, source.prefix + path)
    place = f"{source.path}:{line}" if line else str(source.path)
    within = [origin for said, origin in origins.items() if said[: len(path)] == path]
    return " with ".join([place, *within])


def _words(mistake: ErrorDetails, path: tuple[str, ...]) -> tuple[str, str]:
    """Return what is wrong and what to do about it."""
    if mistake["type"] == "extra_forbidden":
        known = known_keys(path[:-1])
        near = difflib.get_close_matches(path[-1], known, n=1, cutoff=0.4)
        fix = f"did you mean `{near[0]}`?" if near else f"keys here: {', '.join(known)}"
        return f"unknown key `{path[-1]}`", fix
    if mistake["type"] == "missing":
        return f"`{path[-1]}` is missing", "add it; `trainstop schema` describes every key"
    given = json.dumps(mistake["input"], default=str, ensure_ascii=True)[:120]
    return f"`{path[-1]}` cannot be {given}", mistake["msg"].removeprefix("Value error, ")


def known_keys(path: tuple[str, ...]) -> list[str]:
    """Return the keys that the table at `path` may hold."""
    section: type[BaseModel] | None = Config
    for name in path:
        section = _inside(section, name)
    if section is None:
        return []
    return [field.alias or name for name, field in section.model_fields.items()]


def _inside(section: type[BaseModel] | None, name: str) -> type[BaseModel] | None:
    """Return the section behind a key, looking through `dict[str, Section]`."""
    if section is None:
        return None
    for field_name, field in section.model_fields.items():
        if name in (field_name, field.alias):
            kinds = (field.annotation, *getattr(field.annotation, "__args__", ()))
            sections = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
            return sections[-1] if sections else None
    return section
