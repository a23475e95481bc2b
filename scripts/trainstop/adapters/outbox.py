"""The outbox: comments, summaries and issues as files a person can read, when there is no GitHub to send them to."""

import fcntl
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, ValidationError

from trainstop import files
from trainstop.adapters import sections
from trainstop.adapters.runner import Runner
from trainstop.errors import InputError, UnavailableError
from trainstop.ports import Clock
from trainstop.ports.forge import Approval, Dispatch, Dispatched, Issue, Posted, Rules, hidden

COMMENT = hidden("trainstop:comment")


class Event(BaseModel):
    """One thing that happened to an issue."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: datetime
    what: Literal["opened", "reopened", "updated", "commented", "closed"]
    key: str = ""
    text: str = ""


class Letter(BaseModel):
    """An issue as `issues/<number>.json` keeps it; its Markdown file is made from it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    marker: str
    title: str
    body: str
    labels: tuple[str, ...] = ()
    state: Literal["open", "closed"] = "open"
    events: tuple[Event, ...] = ()


class OutboxForge:
    """A forge in a folder. A lock makes every change whole among processes; files are replaced, never half written."""

    def __init__(self, folder: Path, clock: Clock, runner: Runner | None = None) -> None:
        """Keep everything in `folder`; with a `runner`, the summary is shown on its job's page too."""
        self._folder = folder
        self._clock = clock
        self._runner = runner

    def put_comment(self, marker: str, body: str, *, only_update: bool = False, checked_run: int = 0) -> Posted:
        """Write the section of this marker to `comment.md`; other models' sections in it stay."""
        del checked_run  # in a folder there are no runs
        with self._alone():
            path, section = self._folder / "comment.md", hidden(marker)
            there = sections.split(path.read_text(encoding="utf-8")) if path.exists() else {}
            if only_update and section not in there:
                return Posted(reason="there is none to update")
            files.write_text(path, sections.join(COMMENT, {**there, section: _marked(marker, body)}))
            return Posted(address=str(path))

    def put_summary(self, body: str) -> str:
        """Write the summary to `summary.md`."""
        if self._runner:
            self._runner.add_summary(body)
        with self._alone():
            path = self._folder / "summary.md"
            files.write_text(path, _clean(body))
            return str(path)

    def issue(self, marker: str) -> Issue | None:
        """Return the issue with this marker."""
        with self._alone():
            letter = self._find(hidden(marker))
            return self._issue(letter) if letter else None

    def open_issue(self, marker: str, title: str, body: str, labels: Sequence[str]) -> Issue:
        """Open an issue, or reopen the closed one with this marker."""
        with self._alone():
            letter = self._find(hidden(marker))
            if letter is None:
                number = max((found.number for found in self._letters()), default=0) + 1
                letter = Letter(
                    number=number,
                    marker=hidden(marker),
                    title=_clean(title),
                    body=_marked(marker, body),
                    labels=tuple(labels),
                    events=(self._event("opened"),),
                )
            elif letter.state == "closed":
                letter = self._after(letter, self._event("reopened"), state="open", body=_marked(marker, body))
            return self._issue(self._save(letter))

    def update_issue(self, number: int, body: str) -> bool:
        """Replace an issue's text; its marker stays. There are no runs here that one could be newer than another."""
        with self._alone():
            letter = self._letter(number)
            text = _marked(letter.marker, body)
            if text != letter.body:
                letter = self._after(letter, self._event("updated"), body=text)
            self._save(letter)
            return True

    def comment_issue(self, number: int, key: str, body: str) -> None:
        """Add a comment, once per key."""
        with self._alone():
            letter = self._letter(number)
            if all(event.key != key or event.what != "commented" for event in letter.events):
                letter = self._after(letter, self._event("commented", key=key, text=_clean(body)))
            self._save(letter)

    def close_issue(self, number: int) -> None:
        """Close an issue; a closed one stays as it is."""
        with self._alone():
            letter = self._letter(number)
            if letter.state == "open":
                letter = self._after(letter, self._event("closed"), state="closed")
            self._save(letter)

    def rules(self, environment: str) -> Rules | None:
        """Return None: outside GitHub there are no environments that a person could protect."""
        del environment
        return None

    def approvals(self) -> tuple[Approval, ...] | None:
        """Return None: outside GitHub nobody approves."""
        return None

    def dispatch(self, wanted: Dispatch) -> Dispatched:
        """Write what would be started to `dispatches/<key>.json`, once per key."""
        with self._alone():
            path = self._folder / "dispatches" / f"{quote(wanted.key, safe='')}.json"
            created = not path.exists()
            if created:
                inputs = {"reason": wanted.reason, **wanted.inputs}
                asked = {"workflow": wanted.workflow, "ref": wanted.ref, "inputs": inputs}
                files.write_text(path, json.dumps(asked, indent=1) + "\n")
            return Dispatched(created=created, address=str(path))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the outbox's lock, which the system lets go when the process ends, however it ends."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with (self._folder / ".lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise UnavailableError(
                f"the outbox cannot be written: {error.strerror or error}",
                where=str(error.filename or self._folder),
                fix="make room on the disk, and the folder writable",
            ) from error

    def _letters(self) -> list[Letter]:
        """Return all issues, oldest first."""
        paths = (self._folder / "issues").glob("*.json")
        return sorted((_read(path) for path in paths), key=lambda letter: letter.number)

    def _find(self, marker: str) -> Letter | None:
        """Return the oldest issue with this marker."""
        return next((letter for letter in self._letters() if letter.marker == marker), None)

    def _letter(self, number: int) -> Letter:
        """Return an issue by its number."""
        path = self._path(number)
        if not path.exists():
            raise InputError(f"there is no issue {number}", where=str(path.parent), fix="run `trainstop alert` again")
        return _read(path)

    def _path(self, number: int) -> Path:
        """Return where an issue is kept."""
        return self._folder / "issues" / f"{number}.json"

    def _event(self, what: Literal["opened", "reopened", "updated", "commented", "closed"], **more: str) -> Event:
        """Return something that happens now."""
        return Event(at=self._clock.now(), what=what, **more)

    def _after(self, letter: Letter, event: Event, **changes: str) -> Letter:
        """Return an issue as it is after an event."""
        return letter.model_copy(update={**changes, "events": (*letter.events, event)})

    def _save(self, letter: Letter) -> Letter:
        """Write an issue, and then the page made from it; after a kill between them the next call makes the page."""
        path = self._path(letter.number)
        files.write_text(path, letter.model_dump_json(indent=1) + "\n")
        files.write_text(path.with_suffix(".md"), _page(letter))
        return letter

    def _issue(self, letter: Letter) -> Issue:
        """Return an issue as the port speaks of it."""
        return Issue(
            number=letter.number,
            title=letter.title,
            body=letter.body,
            state=letter.state,
            labels=letter.labels,
            comments=tuple(event.text for event in letter.events if event.what == "commented"),
            url=str(self._path(letter.number).with_suffix(".md")),
        )


def _clean(text: str) -> str:
    """Return text that UTF-8 can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _marked(marker: str, body: str) -> str:
    """Return a text that begins with its hidden marker."""
    mark = hidden(marker)
    return _clean(body) if body.startswith(mark) else f"{mark}\n{_clean(body)}"


def _read(path: Path) -> Letter:
    """Read an issue."""
    try:
        return Letter.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise UnavailableError(
            "an issue of the outbox cannot be read", where=str(path), fix="restore the file, or remove it"
        ) from error


def _page(letter: Letter) -> str:
    """Return the life of an issue as Markdown."""
    labels = "".join(f" · {label}" for label in letter.labels)
    # GitHub shows a title as it is; here it stands in Markdown, where it must not act either.
    title = " ".join(letter.title.replace("`", "'").split())
    lines = [f"# `{title}`", "", f"Issue {letter.number} · {letter.state}{labels}", "", letter.body]
    for event in letter.events:
        lines += ["", "---", "", f"*{event.what} on {event.at:%Y-%m-%d at %H:%M:%S} UTC*"]
        lines += ["", event.text] if event.text else []
    return "\n".join(lines) + "\n"
