"""Requirements files: hashed ones are installed as they are, others are pinned first."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trainstop import digests
from trainstop.adapters.environments.uv import COMPILE, Uv
from trainstop.errors import InputError

INCLUDE = re.compile(r"^(?:-r|-c|--requirements?|--constraints?)[\s=]+(\S+)")
INDEX = re.compile(r"^(-i|-f|--index-url|--extra-index-url|--find-links|--pre|--no-index)\b[\s=]*(\S*)")
WITHOUT_VALUE = {"--pre": ("--prerelease", "allow"), "--no-index": ("--no-index",)}
OPTION = re.compile(r"^(-r|-i|-f|--(?!editable|constraint))")
"""Lines that name no package. A constraint or a folder to install has no hash, and so is not among them."""
PLACE = {"-i": "--index-url", "-f": "--find-links"}


@dataclass(frozen=True)
class RequirementsFile:
    """A `requirements.txt`."""

    path: Path

    def key(self) -> str:
        """Digest of it and of all it includes."""
        return digests.of_value([path.read_text(encoding="utf-8-sig") for path in included(self.path)])

    def pin(self, uv: Uv, python: Path, out: Path) -> None:
        """Copy hashed requirements; find versions for others."""
        files = included(self.path)
        lines = [line for file in files for line in logical_lines(file) if not OPTION.match(line)]
        if all(fully_hashed(file) for file in files):
            out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        else:
            compile_requirements(uv, python, out, self.path)

    def install(self, uv: Uv, python: Path, pinned: Path) -> None:
        """Install what was pinned, from the indexes the file names."""
        sync(uv, python, pinned, index_options(self.path))


def compile_requirements(uv: Uv, python: Path, out: Path, *inputs: str | Path) -> None:
    """Write the one version of each package that `inputs` need, with hashes, to `out`."""
    # A file that is there already would be taken as a wish for its versions.
    out.unlink(missing_ok=True)
    uv.run(
        "pip", "compile", *inputs, *COMPILE, "--quiet", "--python", python, "--output-file", out, about="pip compile"
    )  # fmt: skip


def sync(uv: Uv, python: Path, pinned: Path, options: tuple[str, ...] = ()) -> None:
    """Make an environment hold what `pinned` names and nothing else; every hash that is there must hold."""
    strict = ("--require-hashes",) if fully_hashed(pinned) else ()
    uv.run(
        "pip", "sync", *strict, "--allow-empty-requirements", *options, "--python", python, pinned, about="pip sync"
    )  # fmt: skip


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
