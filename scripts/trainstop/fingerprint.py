"""What training depends on, as digests. Imports nothing heavy: the decision to train again comes before all else."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainstop import digests, file_states, files
from trainstop.config import Config
from trainstop.errors import ConfigurationError
from trainstop.ports.environments import Interpreter
from trainstop.project_files import code, matching
from trainstop.records.training import Fingerprint

UNSEEN = "none"
"""In place of a digest of the training data, when the configuration names none."""


@dataclass
class DigestMemory:
    """Digests of files by place, size, times and inode, so that an unchanged file is not read again.

    `now` is the time of day in seconds. A file put back with its old modification time is read again.
    """

    path: Path
    now: float
    asked: dict[str, str] = field(default_factory=dict)
    """What was asked for, by absolute path."""
    _known: dict[str, list[int | str]] = field(default_factory=dict)
    _seen: dict[str, list[int | str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read what is known; an unreadable memory knows nothing."""
        try:
            known = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = {}
        self._known = known if isinstance(known, dict) else {}

    def of(self, path: Path) -> str:
        """Return the digest of a file."""
        status = path.stat()
        state: list[int | str] = [*file_states.state(status)]
        name = os.path.abspath(path)  # noqa: PTH100  # `resolve` would follow links, and asks the disk for each part
        known = self._known.get(name)
        digest = str(known[-1]) if isinstance(known, list) and known[:-1] == state else digests.of_file(path)
        if file_states.settled(file_states.changed_at(status), self.now):
            self._seen[name] = [*state, digest]
        self.asked[name] = digest
        return digest

    def save(self) -> None:
        """Write what was seen, when it differs from what was known; files that are gone are forgotten."""
        now_known = self._known | self._seen
        if now_known != self._known:
            there = {name: entry for name, entry in now_known.items() if Path(name).exists()}
            files.write_text(self.path, json.dumps(there))


def evaluation_data(config: Config, project: Path) -> str:
    """Return the digest of the evaluation data as it is now; empty when there is none."""
    paths = matching(project, config.data.evaluation)
    if not paths:
        return ""
    return digests.of_mapping({os.path.relpath(path, project): digests.of_file(path) for path in paths})


def take(config: Config, project: Path, interpreter: Interpreter, memory: DigestMemory) -> Fingerprint:
    """Return the fingerprint of a training: code, data, command and environment.

    Where the training writes what is judged (a metrics file, a predictions table), it is made from the evaluation data
    too. A model is not: it answers that data afterwards.

    Raises:
        ConfigurationError: `project.source` matches no file, so that a change of the code could not be seen.

    """
    written = code(config, project)
    if not written:
        raise ConfigurationError(
            f"`project.source` matches no file: {', '.join(config.project.source)}",
            where=f"{project}, key `project.source`",
            fix="name the files that training depends on, like ['notebooks/*.ipynb']",
        )
    parts = {
        "code": _digest_of(written, project, memory),
        "data": _data(config, project, memory),
        "command": digests.of_value(_told(config)),
        "environment": interpreter.digest,
    }
    memory.save()
    return Fingerprint(digest=digests.of_mapping(parts), **parts)


def _data(config: Config, project: Path, memory: DigestMemory) -> str:
    """Return the digest of the data that the training reads."""
    if not config.data.train:
        return UNSEEN
    trained_on = _digest_of(matching(project, config.data.train), project, memory)
    if not (config.evaluate.metrics_file or config.evaluate.predictions):
        return trained_on
    judged_on = _digest_of(matching(project, config.data.evaluation), project, memory)
    return digests.of_mapping({"train": trained_on, "evaluation": judged_on})


def _told(config: Config) -> dict[str, Any]:
    """Return the settings that shape what comes out; a plain model file is wrapped by those of the data, too."""
    told = config.train.model_dump(mode="json", exclude={"timeout", "secrets"})
    if not config.train.flavor:
        return told
    data = config.data
    wrapped = {"task": config.model.task, "target": data.target, "id": data.id, "exclude": list(data.exclude)}
    return {**told, "wrapped": wrapped}


def _digest_of(paths: Iterable[Path], project: Path, memory: DigestMemory) -> str:
    """Digest of files by their names as seen from the project, and their contents."""
    return digests.of_mapping({os.path.relpath(path, project): memory.of(path) for path in paths})
