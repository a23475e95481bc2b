"""Running the project's training, and finding what it made."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from trainstop.bundles import Bundle
from trainstop.commands import project_command, words_of
from trainstop.config import Config
from trainstop.errors import ProjectCodeError
from trainstop.ports import Ports
from trainstop.ports.environments import Interpreter
from trainstop.ports.processes import Command, Outcome
from trainstop.project_files import code, matching
from trainstop.training import explaining
from trainstop.training.finding import Left, left_model, logged_model
from trainstop.training.runs import Export, Run, adopted, pick

EXPORTER = Path(__file__).parents[1] / "project_side" / "export_run.py"
EXPORT_SECONDS = 900.0


@dataclass(frozen=True)
class Room:
    """The folders of one training; `root` is absolute."""

    root: Path

    @property
    def store(self) -> Path:
        """The tracking store, made by the project's own MLflow."""
        return self.root / "mlflow.db"

    @property
    def model_dir(self) -> Path:
        """`TRAINSTOP_MODEL_DIR`."""
        return self.root / "model"

    @property
    def bundle(self) -> Bundle:
        """The bundle in the making."""
        return Bundle(self.root / "bundle")


@dataclass(frozen=True)
class Trained:
    """What came of running the command. `found` is empty and `model` None where no model is needed."""

    outcome: Outcome
    export: Export
    run: Run | None
    found: str
    model: Path | None
    uri_set_at: str
    """Where the code sets a tracking store of its own, as `file:line`."""
    started: float
    """Seconds since 1970."""


@dataclass(frozen=True)
class Training:
    """One training: the configuration, the project's folder (absolute), what may be touched, and its interpreter."""

    config: Config
    project: Path
    ports: Ports
    interpreter: Interpreter

    def tables(self) -> list[Path]:
        """Return the files of the training data."""
        return matching(self.project, self.config.data.train)

    def prepare(self) -> None:
        """Run the command that makes the data.

        Raises:
            ProjectCodeError: it failed.
            TimeLimitError: it took too long.

        """
        command = self.config.data.prepare
        self.ports.progress.note(f"preparing the data: {command}")
        outcome = self.ports.processes.run(self._command(command, "prepare", "data.prepare", {}))
        if not outcome.ok:
            raise explaining.failed("preparing the data failed", outcome, key="data.prepare")

    def train(self, room: Room, seed: int = 0) -> Trained:
        """Run the training command with a seed, and find what it made.

        Raises:
            ProjectCodeError: it failed, or no single run or model of it can be told to be the one.
            TimeLimitError: it took too long.

        """
        train = self.config.train
        room.model_dir.mkdir(parents=True)
        again = f" (seed {seed} of 0 to {train.seeds - 1})" if train.seeds > 1 else ""
        self.ports.progress.note(f"training: {train.command}{again}")
        started = self.ports.clock.now().timestamp()
        environment = {**train.environment, **self._contract(room), "TRAINSTOP_SEED": str(seed)}
        name = f"train-seed-{seed}" if seed else "train"
        outcome = self.ports.processes.run(self._command(train.command, name, "train.command", environment))
        uri_set_at = explaining.uri_set_at(code(self.config, self.project), self.project)
        if not outcome.ok:
            raise explaining.failed("training failed", outcome, key="train.command", uri_set_at=uri_set_at)
        left = left_model(room.model_dir, self.project, train.model, since=started)
        export = adopted(self._export(room, left), self.project, room.root / "adopted")
        where = f"key `train.run` ({outcome.log})"
        chosen = pick(export.runs, train.run, train.best, where=where)
        logged = logged_model(chosen.models if chosen and chosen.models else export.models, train.model, where=where)
        found, model = _found(logged, left, export)
        return Trained(outcome, export, self._masked(chosen), found, model, uri_set_at, started)

    def refuse_secrets(self, root: Path) -> None:
        """Refuse what the training left for the bundle, when a file of it holds the value of a secret.

        Raises:
            ProjectCodeError: names the file, and never the secret.

        """
        for path in sorted(path for path in root.rglob("*") if path.is_file()):
            if self.ports.processes.holds_secret(path, self.config.train.secrets):
                raise ProjectCodeError(
                    "the training left a file that holds the value of a secret",
                    where=f"`{path.relative_to(root).as_posix()}` of what would be registered",
                    fix="take it out of the data or of what the training logs, and give that secret a new value",
                )

    def _masked(self, run: Run | None) -> Run | None:
        """Return a run whose names and texts hold no secret, so that nothing made from it does."""
        if run is None:
            return None

        def clean(text: str) -> str:
            return self.ports.processes.plain(text, self.config.train.secrets)

        return run.model_copy(
            update={
                "name": clean(run.name),
                "params": {clean(name): clean(value) for name, value in run.params.items()},
                "metrics": {clean(name): value for name, value in run.metrics.items()},
                "tags": {clean(name): clean(value) for name, value in run.tags.items()},
                "not_finite": tuple(clean(name) for name in run.not_finite),
            }
        )

    def refuse_no_model(self, trained: Trained) -> None:
        """Raise when there is no model, and the configuration judges nothing that does without.

        Raises:
            ProjectCodeError: says which of the ways to hand over a model were looked at.

        """
        evaluate, name = self.config.evaluate, self.config.train.model
        if trained.model or evaluate.metrics_file or evaluate.predictions:
            return
        silent = not trained.export.runs
        raise explaining.no_model(
            trained.outcome,
            uri_set_at=trained.uri_set_at if silent else "",
            stores=explaining.changed_stores(self.project, trained.started) if silent else (),
            stale=name if name and (self.project / name).exists() else "",
        )

    def _export(self, room: Room, left: Left | None) -> Export:
        """Ask the project's own MLflow what was logged, and to wrap a plain model file."""
        train = self.config.train
        plain = str(left.path) if left and left.kind == "file" and train.flavor else ""
        store = f"sqlite:///{room.store}" if room.store.is_file() else ""
        if not store and not plain:
            return Export()
        data, tables = self.config.data, self.tables()
        request = {
            "store": store,
            "file": plain,
            "flavor": train.flavor,
            "out": str(room.root / "wrapped"),
            "task": self.config.model.task,
            "sample": str(tables[0]) if tables else "",
            "drop": [name for name in (data.target, data.id, data.query, *data.exclude) if name],
            "trusted_types": train.trusted_types,
            "allow_formats": train.allow_formats,
        }
        said, result = room.root / "request.json", room.root / "export.json"
        said.write_text(json.dumps(request), encoding="utf-8")
        outcome = self.ports.processes.run(
            Command(
                argv=(str(self.interpreter.python), str(EXPORTER), str(said), str(result)),
                cwd=self.project,
                name="export",
                environment=self._contract(room),
                timeout=EXPORT_SECONDS,
            )
        )
        if not result.is_file():
            raise explaining.failed("what the training made cannot be read", outcome, key="train")
        answer = json.loads(result.read_text(encoding="utf-8"))
        if "error" in answer:
            raise ProjectCodeError(answer["error"]["what"], where="key `train.model`", fix=answer["error"]["fix"])
        return Export.model_validate(answer)

    def _contract(self, room: Room) -> dict[str, str]:
        """Return the variables that a training may rely on.

        No run and no experiment is named, not even by an empty value: scripts that call `set_experiment`, and scripts
        that do not, fail on either.
        """
        data = self.config.data
        return {
            "MLFLOW_TRACKING_URI": f"sqlite:///{room.store}",
            "MLFLOW_REGISTRY_URI": f"sqlite:///{room.store}",
            # Read by MLflow 3.17 and later; older ones write to ./mlruns, from where `adopted` takes it.
            "_MLFLOW_SERVER_ARTIFACT_ROOT": str(room.root / "artifacts"),
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "TRAINSTOP_MODEL_DIR": str(room.model_dir),
            "TRAINSTOP_DATA_TRAIN": os.pathsep.join(str(path) for path in self.tables()),
            "TRAINSTOP_DATA_EVALUATION": os.pathsep.join(str(p) for p in matching(self.project, data.evaluation)),
        }

    def _command(self, text: str, name: str, key: str, environment: Mapping[str, str]) -> Command:
        """Return a command of the project's, with its interpreter and what lies beside it first on the path."""
        return project_command(
            words_of(text, f"key `{key}`"),
            self.interpreter,
            cwd=self.project,
            name=name,
            environment=environment,
            secrets=self.config.train.secrets,
            timeout=self.config.train.timeout,
        )


def _found(logged: Path | None, left: Left | None, export: Export) -> tuple[str, Path | None]:
    """Return how the model was found and where: logged before left as a folder before left as a file."""
    if logged:
        return "logged", logged
    if left and left.kind == "folder":
        return "folder", left.path
    if export.wrapped:
        return "file", Path(export.wrapped)
    return "", None
