"""A stretch of the line, stage by stage: what `trainstop run` does."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from trainstop import ahead, errors, verbs
from trainstop.adapters.progress import Lines, Quiet, Spinner
from trainstop.errors import ConfigurationError, TrainstopError
from trainstop.ports import Progress
from trainstop.records import Record, Status
from trainstop.report.screen import SENTENCE, broken_off, machine, plain, told
from trainstop.request import Request
from trainstop.wiring import perform

MARKS = {Status.PASSED: "✓", Status.FAILED: "✗", Status.INCONCLUSIVE: "?", Status.SKIPPED: "-"}  # a cross


def run(request: Request, first: str, last: str, *, skip: tuple[str, ...] = (), as_json: bool, quiet: bool) -> int:
    """Run the stages from `first` to `last`; return the exit code of the first that failed, else 0.

    Raises:
        ConfigurationError: there is no such stage, or the stretch is empty.

    """
    outcome, stages = errors.PASSED, stretch(first, last, skip)
    with ahead.at_work(ahead.imports([stage for stage, _ in stages], request.settings.environ)):
        for stage, subject in stages:
            if outcome != errors.PASSED and stage != "report":
                continue
            code = _stage(request, stage, subject, as_json=as_json, quiet=quiet)
            outcome = outcome or code
    return outcome


def stretch(first: str, last: str, skip: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """Return the stages from `first` to `last`, without those skipped; a stage with a subject is `deploy-staging`.

    Raises:
        ConfigurationError: there is no such stage, or `last` comes before `first`.

    """
    names = [f"{stage}-{subject}" if subject else stage for stage, subject in verbs.LINE]
    for name in (first, last, *skip):
        if name not in names:
            raise ConfigurationError(
                f"there is no stage `{name}` on the line",
                where="--from, --to, --skip",
                fix=f"one of {', '.join(names)}",
            )
    start, end = names.index(first), names.index(last)
    if end < start:
        raise ConfigurationError(
            f"`{last}` comes before `{first}`", where="--from, --to", fix=f"the order is {', '.join(names)}"
        )
    return [verbs.LINE[index] for index in range(start, end + 1) if names[index] not in skip]


def _stage(request: Request, stage: str, subject: str, *, as_json: bool, quiet: bool) -> int:
    """Run one stage and say in a line what became of it."""
    verb = verbs.BY_NAME[stage]
    options: dict[str, Any] = {option.name: option.default for option in verb.options}
    if subject:
        options[verb.subject] = subject
    title = f"{stage} {subject}".strip()
    try:
        live = sys.stderr.isatty() and not request.settings.github_actions
        with _progress(title, quiet=quiet, live=live) as progress:
            record = perform(request, verb, options, progress)
    except TrainstopError as error:
        if as_json:
            click.echo(broken_off(error, stage))
        click.echo(f"✗ {title}\n{told(error)}", err=True)  # a cross
        return error.exit_code
    _say(record, title, as_json=as_json)
    return errors.FAILED if record.status is Status.FAILED else errors.PASSED


@contextmanager
def _progress(title: str, *, quiet: bool, live: bool) -> Iterator[Progress]:
    """Give the kind of progress that fits where we run; a runner reads lines, terminal or not."""
    if quiet:
        yield Quiet()
    elif live:
        with Spinner(title) as spinner:
            yield spinner
    else:
        yield Lines()


def _say(record: Record[Any], title: str, *, as_json: bool) -> None:
    """Print the record, or its line."""
    if as_json:
        click.echo(machine(record.model_dump_json()))
        return
    reason = plain(record.reason.partition("\n")[0], SENTENCE)
    click.echo(f"{MARKS[record.status]} {title:<18} {record.duration_seconds:6.1f} s  {reason}")
    if record.status is Status.FAILED:
        from trainstop.report.terminal import show  # noqa: PLC0415  # only a failure needs it

        click.echo(show(record))
