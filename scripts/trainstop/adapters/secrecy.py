"""What keeps secrets out of everything that leaves us: records, messages, progress, comments, issues, the registry.

Two kinds are known: values of this run's environment (see `environ`), and what gives itself away (see `known_keys`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel

from trainstop.adapters.environ import secret_values
from trainstop.adapters.masking import Masker
from trainstop.bundles import Bundle
from trainstop.config import Config
from trainstop.config.secret_names import secret_names
from trainstop.errors import InputError, TrainstopError
from trainstop.ports import Forge, Linter, Progress, Registry
from trainstop.ports.forge import Approval, Dispatch, Dispatched, Issue, Posted, Rules
from trainstop.ports.linters import Problem, Scan
from trainstop.ports.registry import LedgerEntry, Version

M = TypeVar("M", bound=BaseModel)
E = TypeVar("E", bound=TrainstopError)
NAMES = frozenset({"stage", "subject", "trainstop", "kind", "environment", "model_name", "key", "commit"})
"""Fields of records that later stages find things by; none of them is free text."""


def values_of(environ: Mapping[str, str], config: Config | None = None) -> set[str]:
    """Return every secret this run knows of: those of its environment, and those that the configuration sets."""
    if config is None:
        return secret_values(environ)
    values = secret_values(environ, secret_names(config))
    for given in (config.train.environment, config.test.environment):
        values |= secret_values(given)
    return values


class Secrecy:
    """Masks what is known to be secret."""

    def __init__(self, values: Iterable[str]) -> None:
        """Take the secrets of this run."""
        self._masker = Masker(values)

    def text(self, text: str) -> str:
        """Return text without secrets, and without what UTF-8 cannot hold: an argument may be any bytes."""
        return self._masker.mask(text).encode("utf-8", "replace").decode("utf-8")

    def error(self, error: E) -> E:
        """Return an error of the same kind whose message holds no secret."""
        told = type(error)(self.text(error.what), where=self.text(error.where), fix=self.text(error.fix))
        return told.with_traceback(error.__traceback__)

    def model(self, model: M) -> M:
        """Return a record, or a part of one, whose texts hold no secret; names and digests stay as they are."""
        changed = {}
        for name in type(model).model_fields:
            value = getattr(model, name)
            masked = value if name in NAMES or _is_literal(type(model), name) else self.value(value)
            if masked is not value:
                changed[name] = masked
        return model.model_copy(update=changed) if changed else model

    def value(self, value: Any) -> Any:
        """Return a value of a record without secrets; the very same one where there are none."""
        if isinstance(value, str) and not isinstance(value, Enum):
            return value if value.startswith("sha256:") or (masked := self.text(value)) == value else masked
        if isinstance(value, BaseModel):
            return self.model(value)
        if isinstance(value, tuple | list):
            items = [self.value(item) for item in value]
            return value if all(new is old for new, old in zip(items, value, strict=True)) else type(value)(items)
        if isinstance(value, Mapping):
            return self._mapping(value)
        return value

    def holds_secret(self, path: Path) -> bool:
        """Say whether a file holds a long secret of this run (see `Masker.in_file`)."""
        return self._masker.in_file(path)

    def _mapping(self, values: Mapping[Any, Any]) -> Mapping[Any, Any]:
        """Return a mapping whose keys and values hold no secret; two keys that look the same then stay two."""
        masked: dict[Any, Any] = {}
        for key, value in values.items():
            shown = self.value(key)
            number = 2
            while shown in masked:
                shown, number = f"{self.value(key)} ({number})", number + 1
            # As `name=value` a value may give itself away that alone does not.
            together = isinstance(key, str) and isinstance(value, str) and self.text(f"{key}={value}")
            alone = self.value(value)
            hidden = together and together != f"{key}={value}" and together.endswith("=***")
            masked[shown] = "***" if hidden else alone
        same = list(masked) == list(values) and all(masked[key] is values[key] for key in masked)
        return values if same else masked


@cache
def _is_literal(model: type[BaseModel], name: str) -> bool:
    """Say whether a field takes one of our own words only."""
    kind = model.model_fields[name].annotation
    return all(get_origin(each) is Literal or each is type(None) for each in get_args(kind) or (kind,)) or (
        get_origin(kind) is Literal
    )


class Discreet:
    """Progress whose words hold no secret, and are shown by `show` so that they cannot act."""

    def __init__(self, progress: Progress, secrecy: Secrecy, show: Any) -> None:
        self._progress = progress
        self._secrecy = secrecy
        self._show = show

    def note(self, text: str) -> None:
        """Show the text."""
        self._progress.note(self._show(self._secrecy.text(text)))


class DiscreetLinter:
    """A linter whose findings hold no secret; it writes them to files of its own too."""

    def __init__(self, linter: Linter, secrecy: Secrecy) -> None:
        self._linter = linter
        self._secrecy = secrecy

    def look(self) -> Scan:
        """Look, and return what was found."""
        scan = self._linter.look()
        problems = tuple(replace(each, **self._texts(each)) for each in scan.problems)
        return replace(scan, problems=problems, **self._texts(scan))

    def _texts(self, found: Problem | Scan) -> dict[str, Any]:
        """Return the texts of a finding, masked."""
        return {name: self._secrecy.text(value) for name, value in vars(found).items() if isinstance(value, str)}


class DiscreetForge:
    """A forge that is sent no secret: the one door to comments, summaries, issues and starts, whichever forge it is.

    Every method is written out, so that a new one cannot pass by the masking. Markers and keys are left as they are:
    they are made of names, and things are found again by them.
    """

    def __init__(self, forge: Forge, secrecy: Secrecy) -> None:
        self._forge = forge
        self._secrecy = secrecy
        self._text = secrecy.text

    def put_comment(self, marker: str, body: str, *, only_update: bool = False, checked_run: int = 0) -> Posted:
        """Create or update the comment."""
        return self._forge.put_comment(marker, self._text(body), only_update=only_update, checked_run=checked_run)

    def put_summary(self, body: str) -> str:
        """Show text in the job's summary."""
        return self._forge.put_summary(self._text(body))

    def issue(self, marker: str) -> Issue | None:
        """Return the issue."""
        return self._forge.issue(marker)

    def open_issue(self, marker: str, title: str, body: str, labels: Sequence[str]) -> Issue:
        """Open an issue."""
        return self._forge.open_issue(
            marker, self._text(title), self._text(body), [self._text(each) for each in labels]
        )

    def update_issue(self, number: int, body: str) -> bool:
        """Replace an issue's text."""
        return self._forge.update_issue(number, self._text(body))

    def comment_issue(self, number: int, key: str, body: str) -> None:
        """Add a comment to an issue."""
        self._forge.comment_issue(number, key, self._text(body))

    def close_issue(self, number: int) -> None:
        """Close an issue."""
        self._forge.close_issue(number)

    def rules(self, environment: str) -> Rules | None:
        """Return what protects an environment."""
        return self._forge.rules(environment)

    def approvals(self) -> tuple[Approval, ...] | None:
        """Return who approved or rejected this run."""
        return self._forge.approvals()

    def dispatch(self, wanted: Dispatch) -> Dispatched:
        """Start a workflow; its run's name and its inputs can be read by everybody who sees the repository."""
        inputs = self._secrecy.value(dict(wanted.inputs))
        return self._forge.dispatch(replace(wanted, reason=self._text(wanted.reason), inputs=inputs))


class DiscreetRegistry:
    """A registry that is sent no secret; all else is the registry's own."""

    def __init__(self, registry: Registry, secrecy: Secrecy) -> None:
        self._registry = registry
        self._secrecy = secrecy

    def __getattr__(self, name: str) -> Any:
        """Return what sends no text."""
        return getattr(self._registry, name)

    def publish(
        self, name: str, key: str, bundle: Bundle, tags: Mapping[str, str], *, description: str = ""
    ) -> Version:
        """Publish, unless a file holds a secret.

        Raises:
            InputError: one does.

        """
        refuse_secrets(bundle.root, self._secrecy)
        masked = self._secrecy.value(dict(tags))
        return self._registry.publish(name, key, bundle, masked, description=self._secrecy.text(description))

    def tag_version(self, name: str, number: int, tag: str, value: str) -> None:
        """Set a tag of a version."""
        self._registry.tag_version(name, number, tag, self._secrecy.text(value))

    def write_entry(self, name: str, entry: LedgerEntry) -> None:
        """Add an entry to the ledger."""
        reason, actor = self._secrecy.text(entry.reason), self._secrecy.text(entry.actor)
        self._registry.write_entry(name, replace(entry, reason=reason, actor=actor))


def refuse_secrets(root: Path, secrecy: Secrecy) -> None:
    """Refuse a folder one of whose files holds a secret: what is in a model or a table cannot be masked.

    Raises:
        InputError: names the file, and never the secret.

    """
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        if secrecy.holds_secret(path):
            raise InputError(
                "a file that would be registered holds the value of a secret",
                where=secrecy.text(str(path)),
                fix="take it out of the data or of what the training logs, change that secret, and train again",
            )


__all__ = ["Discreet", "DiscreetForge", "DiscreetLinter", "DiscreetRegistry", "Secrecy", "refuse_secrets", "values_of"]
