"""The one door to a GitHub Actions runner: workflow commands, step outputs and the job's summary, escaped here only.

Never writes `GITHUB_ENV` or `GITHUB_PATH`: what comes from data must not steer later steps.
"""

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TextIO

from trainstop.adapters.tally import Tally
from trainstop.errors import InputError, UnavailableError
from trainstop.settings import Settings

SUMMARY_BYTES = 1 << 20
OUTPUT_BYTES = 1 << 20
"""What GitHub takes: a summary a step; all outputs of a job, counted in UTF-16."""
MESSAGE = 4000
WORST = {"error": 0, "warning": 1, "notice": 2}
COUNTED = "trainstop-annotations.json"
KINDS = frozenset({"error", "warning", "notice", "debug", "group", "endgroup", "add-mask"})
NAME = re.compile(r"[a-z][a-z0-9-]{0,99}")
PROPERTY = re.compile(r"[A-Za-z]{1,20}")
CUT = "\n\n*Cut here: GitHub shows one MiB. The records hold the rest.*\n"
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
"""Control, bidirectional and zero-width characters, other line ends, and lone surrogates."""


class Annotation(Protocol):
    """What an annotation says, and of which line; `trainstop.report.annotations` makes them."""

    @property
    def kind(self) -> str:
        """`error`, `warning` or `notice`."""

    @property
    def message(self) -> str:
        """What it says."""

    @property
    def properties(self) -> Mapping[str, str | int]:
        """`title`, `file`, `line`."""


def workflow_command(kind: str, message: str = "", **properties: str | int) -> str:
    """Return one workflow command: a line that only ever is this command, whatever the message holds.

    Raises:
        ValueError: an unknown kind or an impossible name of a property; a mistake of ours.

    """
    if kind not in KINDS or not all(PROPERTY.fullmatch(name) for name in properties):
        raise ValueError(f"not a workflow command: {kind} {sorted(properties)}")
    said = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items() if value != "")
    return f"::{kind}{' ' if said else ''}{said}::{_data(message)}"


def _data(text: str) -> str:
    """Escape a command's message."""
    shown = UNSEEN.sub("\ufffd", text[:MESSAGE]).replace("##[", "# #[")  # an older way to write a command
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape a command's property."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


class Runner:
    """A job's step: where its outputs, its summary and its commands go. Without files and stream nothing happens."""

    def __init__(
        self,
        *,
        output: Path | None = None,
        summary: Path | None = None,
        stream: TextIO | None = None,
        tally: Tally | None = None,
    ) -> None:
        """Take the files named by `GITHUB_OUTPUT` and `GITHUB_STEP_SUMMARY`, and the stream the runner reads.

        `tally` knows what this job's steps have shown already.
        """
        self._tally = tally or Tally()
        self._output = output
        self._summary = summary
        self._stream = stream

    @classmethod
    def from_settings(cls, settings: Settings, stream: TextIO) -> "Runner":
        """Return the step we run in; outside GitHub Actions one that does nothing."""
        summary = settings.environ.get("GITHUB_STEP_SUMMARY", "")
        if not settings.github_actions:
            return cls()
        folder = settings.environ.get("RUNNER_TEMP", "")
        # A step's file of outputs has a name that no other step's has.
        tally = Tally(Path(folder) / COUNTED if folder else None, str(settings.output_file))
        return cls(output=settings.output_file, summary=Path(summary) if summary else None, stream=stream, tally=tally)

    def set_outputs(self, values: Mapping[str, str]) -> None:
        """Set outputs of the step, many lines or not.

        Raises:
            InputError: they are larger than GitHub takes, and would be lost.
            ValueError: a name that is not kebab-case; a mistake of ours.

        """
        if self._output is None or not values:
            return
        blocks = "".join(_output_block(name, value) for name, value in values.items())
        if len(blocks.encode("utf-16-le")) > OUTPUT_BYTES:
            raise InputError(
                f"the outputs {', '.join(values)} are larger than the {OUTPUT_BYTES} bytes that GitHub takes",
                where="GITHUB_OUTPUT",
                fix="shorten the value that is so long; records travel as files",
            )
        _append(self._output, blocks)

    def add_summary(self, body: str) -> None:
        """Add Markdown to the job's summary, up to what GitHub takes of a step; cut at the end of a line."""
        if self._summary is None:
            return
        room = SUMMARY_BYTES - (self._summary.stat().st_size if self._summary.exists() else 0)
        text = body.encode("utf-8", "replace") + b"\n"
        if len(text) > room:
            kept = text[: max(0, room - len(CUT.encode()))]
            text = kept[: kept.rfind(b"\n") + 1] + CUT.encode() if kept else b""
        _append(self._summary, text.decode("utf-8"))

    def annotate(self, annotations: Iterable[Annotation]) -> None:
        """Show a step's annotations, worst first; where GitHub would drop some, the last one counts the rest."""
        by_kind: dict[str, list[Annotation]] = {}
        for annotation in annotations:
            by_kind.setdefault(annotation.kind, []).append(annotation)
        for kind, some in sorted(by_kind.items(), key=lambda item: WORST.get(item[0], len(WORST))):
            room = self._tally.room(kind)
            shown = some if len(some) <= room else some[: max(0, room - 1)]
            for annotation in shown:
                self._say(workflow_command(kind, annotation.message, **annotation.properties))
            if len(shown) < len(some) and room:
                more = len(some) - len(shown)
                self._say(workflow_command(kind, f"{more} more are in the job's summary and in the records"))
            self._tally.shown(kind, min(len(some), room))

    @contextmanager
    def untrusted(self) -> Iterator[None]:
        """Have the runner read no command in what is printed inside: text from elsewhere may look like one."""
        token = secrets.token_hex(16)
        self._say(f"::stop-commands::{token}")
        try:
            yield
        finally:
            self._say(f"::{token}::")

    def _say(self, line: str) -> None:
        """Print a line for the runner."""
        if self._stream is not None:
            self._stream.write(line + "\n")
            self._stream.flush()


def _output_block(name: str, value: str) -> str:
    """Return an output in the runner's form for values of many lines, with a delimiter nobody can know."""
    if not NAME.fullmatch(name):
        raise ValueError(f"not the name of an output: {name!r}")
    text = value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    delimiter = f"end-{secrets.token_hex(16)}"
    while delimiter in text:
        delimiter = f"end-{secrets.token_hex(16)}"
    return f"{name}<<{delimiter}\n{text}\n{delimiter}\n"


def _append(path: Path, text: str) -> None:
    """Add text to one of the runner's files."""
    try:
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise UnavailableError(
            f"the runner's file cannot be written: {error.strerror}", where=str(path), fix="run the job again"
        ) from error
