"""What a child prints, on its way to the log file and the last lines: harmless, masked, and bounded in size.

Text is first made plain (no ANSI, no control characters, no workflow commands) and then masked, so that a secret
printed with colours inside is found too. Nothing is written before it is masked.
"""

import codecs
import re
from collections import deque
from pathlib import Path

from trainstop.adapters.masking import Masker

HEAD_CHARACTERS = 49 << 20
END_CHARACTERS = 1 << 20
LONG_LINE = 1 << 16
LINE_LIMIT = 500
TAIL_LIMIT = 16_000
CARRY = 256
LONGEST_KEY = 10_000
CRASH = "Fatal Python error"
CRASH_LINES = 10

ANSI = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(\x07|\x1b\\)?|[ -/]*[0-~])")
# Everything below a space but tab and newline, DEL and C1, and what turns the direction of writing.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
WORKFLOW_COMMAND = re.compile(r"^(\s*:):|##\[", re.MULTILINE)


def plain(text: str) -> str:
    """Return text without colours, control characters and anything that GitHub would take for a workflow command."""
    text = ANSI.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return WORKFLOW_COMMAND.sub(lambda found: f"{found[1]} :" if found[1] else "# #[", CONTROL.sub("", text))


class _End:
    """The last characters of a long text, at least `keep` of them; a piece more costs no copy of the others."""

    def __init__(self, keep: int) -> None:
        self.dropped = 0
        self._keep = keep
        self._pieces: deque[str] = deque()
        self._size = 0

    def add(self, text: str) -> None:
        self._pieces.append(text)
        self._size += len(text)
        while self._size - len(self._pieces[0]) >= self._keep:
            first = len(self._pieces.popleft())
            self._size -= first
            self.dropped += first

    def text(self) -> str:
        return "".join(self._pieces)


class Output:
    """Takes bytes as they come; keeps the beginning and the end in the log file, and the last lines."""

    def __init__(self, log: Path, masker: Masker, *, head: int = HEAD_CHARACTERS, end: int = END_CHARACTERS) -> None:
        """Open the log file, replacing an earlier one; keep that many characters of the beginning and of the end."""
        log.parent.mkdir(parents=True, exist_ok=True)
        self._file = log.open("w", encoding="utf-8")
        self._masker = masker
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._line = ""
        self._pending = ""
        self._end = _End(end)
        self._tail = _End(LONG_LINE)
        self._room = head
        self._trouble = ""

    def feed(self, chunk: bytes) -> None:
        """Take what was read."""
        self._line += self._decoder.decode(chunk)
        # A line is looked at when it is whole, so that a colour or a command cut by a read is still seen as one.
        cut = self._line.rfind("\n") + 1
        if not cut and len(self._line) > LONG_LINE:
            cut = len(self._line) - CARRY
        if cut:
            text, self._line = self._line[:cut], self._line[cut:]
            self._take(plain(text))

    def close(self) -> None:
        """Take what is left, write the end, and close the file."""
        self._take(plain(self._line + self._decoder.decode(b"", final=True)))
        self._line = ""
        if self._room > 0:
            masked = self._masker.mask(self._pending)
        else:
            if self._end.dropped:
                self._write(f"\n[{self._end.dropped} characters left out]\n")
            # Once something was dropped, the first characters may be the end of a secret that began before them.
            masked = self._masker.mask(self._end.text(), self._masker.longest if self._end.dropped else 0)
        self._write(masked)
        self._tail.add(masked)
        try:
            self._file.close()
        except OSError as error:
            self._trouble = str(error)

    def tail(self, lines: int) -> str:
        """Return the last lines, each cut to a readable length."""
        every = [line[:LINE_LIMIT] for line in self._tail.text().rstrip("\n").split("\n")]
        found = every[-lines:]
        # Where a crashed interpreter was stands at the top of what it printed, above a long stack of somebody else's.
        crash = max((at for at, line in enumerate(every) if CRASH in line), default=len(every))
        if crash < len(every) - lines:
            top = every[crash : min(crash + CRASH_LINES, len(every) - lines)]
            found = [*top, "...", *found]
        note = [f"[the log file is not complete: {self._trouble}]"] if self._trouble else []
        return "\n".join(found + note)[-TAIL_LIMIT:]

    def _take(self, text: str) -> None:
        """Write what is sure to hold no beginning of a secret, or keep the end once the head is full."""
        if self._room <= 0:
            self._end.add(text)
            return
        self._pending += text
        cut = len(self._pending) - max(self._masker.longest - 1, 0)
        if cut <= 0:
            return
        spans = self._masker.spans(self._pending)
        cut = next((end for begin, end in spans if begin < cut < end), cut)
        # A key of many lines, like a private one, may go on in what is read next.
        open_at = spans[-1][0] if spans and spans[-1][1] == len(self._pending) else cut
        if len(self._pending) - open_at < LONGEST_KEY:
            cut = min(cut, open_at)
        masked = self._masker.mask(self._pending, 0, cut, spans)
        self._pending = self._pending[cut:]
        self._write(masked)
        self._tail.add(masked)
        self._room -= len(masked)
        if self._room <= 0:
            self._end.add(self._pending)
            self._pending = ""

    def _write(self, text: str) -> None:
        """Write to the file; a full disk must not end the child, so it is said in the tail instead."""
        if self._trouble:
            return
        try:
            self._file.write(text)
        except OSError as error:
            self._trouble = str(error)
