"""Makes environments with uv: the project's from whatever says what it needs, a model's from its hashed lock."""

import os
import re
import sys
from collections.abc import Iterable
from dataclasses import replace
from importlib.metadata import PathDistribution
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from trainstop import digests, files
from trainstop.adapters.environments import itself, local_packages
from trainstop.adapters.environments import requirements as reqs
from trainstop.adapters.environments.kept import Kept
from trainstop.adapters.environments.sources import Source, find_source
from trainstop.adapters.environments.uv import COMPILE, Uv, find_uv
from trainstop.config import Config
from trainstop.errors import ConfigurationError, InputError
from trainstop.ports.environments import Interpreter
from trainstop.ports.processes import Processes
from trainstop.ports.progress import Progress
from trainstop.workspace import Workspace

RECORDED = re.compile(r"^# python: (\d+\.\d+)(\.\d+\S*)?$", re.MULTILINE)
PINNED = "requirements.txt"


class UvEnvironments:
    """Fulfils `ports.environments.Environments`."""

    def __init__(
        self,
        config: Config,
        workspace: Workspace,
        processes: Processes,
        uv: Path | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Keep what the project says; uv is looked for when it is first needed."""
        self._config = config
        self._workspace = workspace
        self._processes = processes
        self._program = uv
        self._progress = progress
        self._kept = Kept(workspace.environments, progress, lambda folder: counted_on(workspace, folder))

    def project(self) -> Interpreter:
        """Return the project's environment, with the project itself installed in it when it is a package.

        Raises:
            ConfigurationError: nothing says what the project needs, or that Python is not here.
            InputError: what it needs cannot be had together, or a file is not the one the lock names.
            UnavailableError: it cannot be made, with the installer's last lines.

        """
        source = find_source(self._workspace.project, self._config.project.lock)
        wish = self._config.project.python or own_python()
        folders = source.folders(self._workspace.project)
        local = local_packages.state(folders, self._workspace.project)
        name = f"project-{digests.short(digests.of_value(_with([source.key(), wish], local)))}"
        interpreter = self._kept.ensure(name, lambda folder: self._make_project(folder, source, wish, local))
        folder = self._workspace.environments / name
        with self._kept.locked(name):
            if itself.is_due(self._workspace.project, folder):
                self._say("installing the project itself")
                itself.install(self._uv(), self._workspace.project, folder.absolute())
        return replace(interpreter, places=_seen_from(self._workspace.project, (*source.files(), *folders)))

    def model(self, lock: Path) -> Interpreter:
        """Return the environment of a model, made from its hashed requirements; notes when the Python patch differs.

        Raises:
            InputError: the lock is missing, or a file is not the one it names.
            UnavailableError: it cannot be made, with the installer's last lines.

        """
        digest = model_digest(read_lock(lock), minor(own_version()))
        name = f"model-{digests.short(digest)}"
        return self._kept.ensure(name, lambda folder: self._make_model(folder, lock))

    def clean(self, lock: Path, folder: Path) -> Interpreter:
        """Make the environment of a model anew in `folder`, to show that it can be made.

        Raises:
            InputError: the lock is missing, or a file is not the one it names.
            UnavailableError: it cannot be made, with the installer's last lines.

        """
        return self._make_model(folder, lock)

    def lock(self, requirements: Path, interpreter: Interpreter, out: Path) -> None:
        """Write hashed requirements of everything `requirements` needs, at the versions `interpreter` has.

        Raises:
            InputError: there is no such set.
            UnavailableError: the installer could not ask.

        """
        uv = self._uv()
        self._workspace.scratch.mkdir(parents=True, exist_ok=True)
        # A folder of its own: what a killed run left there would be taken as a wish for its versions.
        with TemporaryDirectory(prefix="lock-", dir=self._workspace.scratch) as scratch:
            frozen, compiled = Path(scratch, "installed.txt"), Path(scratch, "compiled.txt")
            frozen.write_text("".join(f"{line}\n" for line in installed(interpreter)), encoding="utf-8")
            reqs.compile_with(
                uv, reqs.folders(requirements, uv.cwd), requirements, "--constraints", frozen, *COMPILE, "--quiet",
                "--python", interpreter.python, "--python-version", minor(interpreter.version),
                "--output-file", compiled, about="lock of the model",
            )  # fmt: skip
            text = compiled.read_text(encoding="utf-8")
        files.write_text(out, f"# python: {interpreter.version}\n{text}")

    def _make_project(self, folder: Path, source: Source, wish: str, local: dict[str, str]) -> Interpreter:
        shown = _relative(source.path, self._workspace.project)
        self._say(f"making the project's environment from {shown}")
        uv = self._uv()
        python = self._venv(uv, folder, wish)
        pinned = folder / PINNED
        source.pin(uv, python, pinned)
        source.install(uv, python, pinned)
        version = version_of(folder)
        lines = _without_comments(pinned.read_text(encoding="utf-8"))
        digest = digests.of_value(_with([lines, minor(version)], local))
        return Interpreter(python=python, digest=digest, version=version, source=shown)

    def _make_model(self, folder: Path, lock: Path) -> Interpreter:
        text = read_lock(lock)
        recorded = RECORDED.search(text)
        self._say("making the model's environment")
        uv = self._uv()
        same_minor = recorded is None or recorded[1] == minor(own_version())
        python = self._venv(uv, folder, own_python() if same_minor or recorded is None else recorded[1])
        pinned = folder / PINNED
        pinned.write_text(text, encoding="utf-8")
        reqs.sync(uv, python, pinned)
        version = version_of(folder)
        was = "".join(part or "" for part in recorded.groups()) if recorded else version
        note = "" if was == version else f"the lock was made with Python {was}, this is {version}"
        digest = model_digest(text, minor(version))
        return Interpreter(
            python=python,
            digest=digest,
            version=version,
            source=_relative(lock, self._workspace.project),
            note=note,
        )

    def _venv(self, uv: Uv, folder: Path, wish: str) -> Path:
        """Make an empty environment, in place of whatever is there, and return its Python."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        uv.run("venv", "--quiet", "--clear", "--no-project", "--python", wish, folder, about="venv")
        return folder.absolute() / "bin" / "python"

    def _uv(self) -> Uv:
        return Uv(find_uv(self._program), self._processes, self._workspace.project)

    def _say(self, text: str) -> None:
        if self._progress:
            self._progress.note(text)


def counted_on(workspace: Workspace, folder: Path) -> bool:
    """Say whether a target's state names an environment: it may have to go back to a version that does not run."""
    return any(folder.name in path.read_text(errors="replace") for path in workspace.target_states())


def installed(interpreter: Interpreter) -> list[str]:
    """Return `name==version` of every package of an environment of ours, without those that came from a folder or URL.

    What installers print would come masked: a package may be called like a secret.
    """
    packages = interpreter.python.parents[1] / "lib" / f"python{minor(interpreter.version)}" / "site-packages"
    found = {
        f"{each.metadata['Name']}=={each.version}"
        for each in map(PathDistribution, packages.glob("*.dist-info"))
        if each.read_text("METADATA") and each.read_text("direct_url.json") is None
    }
    return sorted(found)


def read_lock(lock: Path) -> str:
    """Return a model's lock.

    Raises:
        InputError: it is missing, or not every requirement has a hash.

    """
    try:
        text = lock.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"the lock of a model's environment cannot be read: {error}", where=str(lock), fix="train it again"
        ) from error
    if not reqs.fully_hashed(lock):
        raise InputError(
            "the lock of a model's environment has requirements without a hash", where=str(lock), fix="train it again"
        )
    return text


def model_digest(text: str, python: str) -> str:
    """Digest of a model's lock and of the Python (`3.11`) it is used with."""
    recorded = RECORDED.search(text)
    return digests.of_value([_without_comments(text), recorded[1] if recorded else python])


def own_python() -> str:
    """Return the path of the Python that our own environment was made from."""
    # `sys.executable` would do for uv as well, but is gone when our environment is made anew.
    return str(Path(getattr(sys, "_base_executable", sys.executable)).resolve())


def own_version() -> str:
    """Return the version of the Python that runs us."""
    return ".".join(str(part) for part in sys.version_info[:3])


def minor(version: str) -> str:
    """Return a version without its patch."""
    return ".".join(version.split(".")[:2])


def version_of(folder: Path) -> str:
    """Return the version of an environment's Python.

    Raises:
        ConfigurationError: the environment does not say.

    """
    text = (folder / "pyvenv.cfg").read_text(encoding="utf-8")
    found = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+(\.\d+)?\S*)", text, re.MULTILINE)
    if not found:
        raise ConfigurationError("an environment does not say which Python it has", where=str(folder), fix="remove it")
    return found[1]


def _seen_from(project: Path, places: Iterable[Path]) -> tuple[str, ...]:
    """Return where the places lie, as seen from the project's folder, sorted."""
    return tuple(sorted({os.path.relpath(place.resolve(), project.resolve()) for place in places}))


def _with(parts: list[Any], local: dict[str, str]) -> list[Any]:
    """Add the state of local packages, where there are any: without them a digest stays what it always was."""
    return [*parts, local] if local else parts


def _without_comments(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _relative(path: Path, project: Path) -> str:
    return path.relative_to(project).as_posix() if path.is_relative_to(project) else path.name
