"""Requirements files: hashed ones are installed as they are, others are pinned first."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from trainstop import digests
from trainstop.adapters.environments import builds, local_packages
from trainstop.adapters.environments.uv import COMPILE, Uv
from trainstop.errors import InputError, TrainstopError

INCLUDE = re.compile(r"^(?:-r|-c|--requirements?|--constraints?)[\s=]+(\S+)")
INDEX = re.compile(r"^(-i|-f|--index-url|--extra-index-url|--find-links|--pre|--no-index)\b[\s=]*(\S*)")
WITHOUT_VALUE = {"--pre": ("--prerelease", "allow"), "--no-index": ("--no-index",)}
OPTION = re.compile(r"^(-r|-i|-f|--(?!editable|constraint))")
"""Lines that name no package. A constraint or a folder to install has no hash, and so is not among them."""
REMOTE, LOCAL = "requirements.remote.txt", "requirements.local.txt"
WITHHELD = (
    "; no password of a package index was there, since {} has to be built to say what it needs: "
    "state its version and dependencies in `[project]` of its pyproject.toml, or lock the project's packages"
)
NOT_BUILT = "Building source distributions"
"""What uv says was disabled, where it would have built what it must not."""
PLACE = {"-i": "--index-url", "-f": "--find-links"}


@dataclass(frozen=True)
class RequirementsFile:
    """A `requirements.txt`."""

    path: Path

    def files(self) -> list[Path]:
        """Return it and all it includes."""
        return included(self.path)

    def key(self) -> str:
        """Digest of it and of all it includes."""
        return digests.of_value([path.read_text(encoding="utf-8-sig") for path in self.files()])

    def pin(self, uv: Uv, python: Path, out: Path) -> None:
        """Copy hashed requirements; find versions for others."""
        files = included(self.path)
        lines = [line for file in files for line in logical_lines(file) if not OPTION.match(line)]
        if all(fully_hashed(file) for file in files):
            out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        else:
            compile_requirements(uv, python, out, self.path, local=self.folders(uv.cwd))

    def folders(self, project: Path) -> tuple[Path, ...]:
        """Return the local packages it and all it includes name, and those they need."""
        return folders(self.path, project)

    def install(self, uv: Uv, python: Path, pinned: Path) -> None:
        """Install what was pinned, from the indexes the file names."""
        sync(uv, python, pinned, index_options(self.path))


def compile_requirements(uv: Uv, python: Path, out: Path, *inputs: str | Path, local: Iterable[Path] = ()) -> None:
    """Write the one version of each package that `inputs` need, with hashes, to `out`.

    Args:
        uv: runs it.
        python: the Python they are for.
        out: where to write.
        inputs: files and options.
        local: local packages among what they need. Those whose builds must say what they need are built for it, and
            that is code of the project's: then no password is there.

    Raises:
        InputError: there is no such set.
        UnavailableError: the installer could not ask.

    """
    # A file that is there already would be taken as a wish for its versions.
    out.unlink(missing_ok=True)
    compile_with(uv, local, *inputs, *COMPILE, "--quiet", "--python", python, "--output-file", out, about="pip compile")


def compile_with(uv: Uv, local: Iterable[Path], *arguments: str | Path, about: str) -> None:
    """Run `uv pip compile`; where that builds a local package to be told what it needs, no password is there.

    Args:
        uv: runs it.
        local: local packages among what is needed.
        arguments: inputs and options.
        about: what it is for, in a few words.

    Raises:
        InputError: there is no such set.
        UnavailableError: the installer could not ask.

    """
    packages = list(local)
    built = [each for each in packages if not local_packages.is_static(each)]
    if not built:
        try:
            uv.run("pip", "compile", *arguments, *_each("--only-binary", packages), about=about)
        except TrainstopError as error:
            # uv has the last word on what it can read, and was told to build none of them.
            if NOT_BUILT not in error.where:
                raise
            built = packages
        else:
            return
    # Once more whatever uv's cache knows of them: it does not know all the files that builds read. That is what
    # `--refresh-package` says, which is refused without a network.
    anew = _each("--upgrade-package", built)
    try:
        uv.run("pip", "compile", *arguments, *anew, about=about, passwords=False)
    except TrainstopError as error:
        error.fix += WITHHELD.format(", ".join(str(each) for each in built))
        raise


def _each(option: str, packages: Iterable[Path]) -> tuple[str, ...]:
    """Return an option for the name of each folder that says its name."""
    names = (local_packages.name_of(each) for each in packages)
    return tuple(word for name in dict.fromkeys(names) if name for word in (option, name))


def sync(uv: Uv, python: Path, pinned: Path, options: tuple[str, ...] = ()) -> None:
    """Make an environment hold what `pinned` names and nothing else; every hash that is there must hold.

    Local packages come last, by themselves: their builds get no password.

    Raises:
        InputError: a file is not the one that is named, or a local package cannot be built as it says.
        UnavailableError: the installer could not fetch or build one.

    """
    lines = list(logical_lines(pinned))
    local = [line for line in lines if local_packages.place(line, uv.cwd)]
    remote = _lines_file(pinned, REMOTE, [line for line in lines if line not in local]) if local else pinned
    uv.run(
        "pip", "sync", *_strict(remote), "--allow-empty-requirements", *options, "--python", python, remote,
        about="pip sync",
    )  # fmt: skip
    if local:
        mine = _lines_file(pinned, LOCAL, local)
        # Whatever was built of them before, from the same few files that uv's cache knows them by, is not taken.
        builds.install(
            uv, python.parents[1], local_packages.in_requirements(local, uv.cwd),
            "pip", "install", "--no-deps", "--reinstall", *_strict(mine), *options, "--python", python, "-r", mine,
        )  # fmt: skip


def folders(path: Path, project: Path) -> tuple[Path, ...]:
    """Return the local packages that a requirements file and all it includes name, and those they need.

    Raises:
        InputError: a file of them cannot be read.

    """
    lines = (line for file in included(path) for line in logical_lines(file))
    return local_packages.with_theirs(local_packages.in_requirements(lines, project))


def _strict(path: Path) -> tuple[str, ...]:
    return ("--require-hashes",) if fully_hashed(path) else ()


def _lines_file(beside: Path, name: str, lines: Iterable[str]) -> Path:
    path = beside.with_name(name)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def logical_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a requirements file, continued ones joined, without comments.

    Raises:
        InputError: it cannot be read.

    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"a requirements file cannot be read: {error}", where=str(path), fix="save it as UTF-8 text"
        ) from error
    for line in text.replace("\\\n", " ").splitlines():
        stripped = " ".join(re.sub(r"(^|\s)#.*$", "", line).split())
        if stripped:
            yield stripped


def included(path: Path) -> list[Path]:
    """Return a requirements file and all it includes, each once."""
    found: list[Path] = []
    waiting = [path]
    while waiting:
        current = waiting.pop(0)
        if current in found:
            continue
        found.append(current)
        matches = (INCLUDE.match(line) for line in logical_lines(current))
        waiting += [current.parent / match[1] for match in matches if match]
    return found


def fully_hashed(path: Path) -> bool:
    """Say whether every requirement is pinned with a hash; a file without any requirement is."""
    return all(" --hash=" in line or bool(OPTION.match(line)) for line in logical_lines(path))


def index_options(path: Path) -> tuple[str, ...]:
    """Return what the file says about where packages come from, as uv's options."""
    options: list[str] = []
    for file in included(path):
        for line in logical_lines(file):
            if match := INDEX.match(line):
                name = PLACE.get(match[1], match[1])
                options += WITHOUT_VALUE.get(name, (name, match[2]))
    return tuple(options)
