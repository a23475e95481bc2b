"""The command line: verbs, options, words, exit codes. Imports click and nothing heavier until a verb really runs."""

import os
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from trainstop import __version__, errors, verbs
from trainstop.lasting import spare

if TYPE_CHECKING:
    from pathlib import Path

    from trainstop.records import Record
    from trainstop.request import Request
    from trainstop.untouched import Told, Watch

EXIT_CODES = """\b
Exit codes: 0 passed, 1 a gate or check failed, 2 the configuration or an input is wrong,
3 something outside failed (server, network, time-out).

\b
Each option of a verb or of `run` can be given as TRAINSTOP_<OPTION> (several of --skip with spaces between), and
each key of the file as --set section.key=value, as such a line of TRAINSTOP_SET, or as TRAINSTOP__SECTION__KEY.
Flags win over the environment, the environment over the file, the file over defaults."""


def common(command: click.Command) -> click.Command:
    """Add the options that every verb has."""
    command.params[:0] = [
        click.Option(
            ["--config"],
            metavar="PATH",
            default=".",
            show_default="trainstop.toml or pyproject.toml here",
            envvar="TRAINSTOP_CONFIG",
            help="The configuration file, or its folder.",
        ),
        click.Option(["--set", "overrides"], multiple=True, metavar="KEY=VALUE", help="Set a key of the file."),
    ]
    command.params.extend(
        [
            click.Option(
                ["--json", "as_json"],
                is_flag=True,
                envvar="TRAINSTOP_JSON",
                help="Print the record as JSON on standard output.",
            ),
            click.Option(["--quiet"], is_flag=True, envvar="TRAINSTOP_QUIET", help="Say nothing while working."),
        ]
    )
    return command


SECTIONS = {
    "Check a change": ("lint", "test", "train", "baseline", "evaluate", "model-test", "report"),
    "Deliver it": (
        "register",
        "integration-test",
        "deploy",
        "staging-test",
        "preflight",
        "newest",
        "promote",
        "rollback",
        "reconcile",
        "stop",
    ),
    "Watch it": ("fetch", "monitor", "alert", "react"),
    "Hand it to the next job": ("pack", "unpack", "receive"),
    "The whole, and a look": ("run", "status", "history", "explain", "schema", "render"),
}


@contextmanager
def _said_harmlessly() -> Iterator[None]:
    """Let what click says of a wrong flag, which may repeat it, only ever be printed."""
    try:
        yield
    except click.UsageError as error:
        from trainstop.report.screen import lines

        raise click.UsageError(lines(error.format_message()), error.ctx) from error


class Sections(click.Group):
    """A group whose help lists the verbs in the order of the line."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Read the flags before the verb."""
        with _said_harmlessly():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Read the verb and its flags, and run it."""
        with _said_harmlessly():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of the line."""
        del ctx
        return [name for names in SECTIONS.values() for name in names]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a list a section."""
        for title, names in SECTIONS.items():
            commands = [(name, self.get_command(ctx, name)) for name in names]
            rows = [(name.ljust(16), command.get_short_help_str(120)) for name, command in commands if command]
            with formatter.section(title):
                formatter.write_dl(rows)


@click.group(
    cls=Sections,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=EXIT_CODES,
)
@click.version_option(__version__, prog_name="trainstop")
def cli() -> None:
    """Carry a model from a change to production and watch it there. Nothing passes a red signal.

    Start with `trainstop run`: it checks the change in this folder, the way a pull request is checked.
    """


def _verb_command(verb: verbs.Verb) -> click.Command:
    """Make the command of one verb."""

    def callback(config: str, overrides: tuple[str, ...], as_json: bool, quiet: bool, **options: Any) -> None:
        sys.exit(_single(verb, _request(config, overrides), options, as_json=as_json, quiet=quiet))

    params = [
        click.Option(
            [f"--{option.kebab}", option.name],
            help=option.help,
            required=option.required,
            **({} if option.required else {"default": option.default}),  # a default of None would be an answer
            show_default=option.default is not None and option.kind is not bool,
            is_flag=option.kind is bool,
            type=click.Choice(option.choices) if option.choices else None,
            envvar=option.variable,
        )
        for option in verb.options
        if not option.argument
    ]
    placed = [
        click.Argument([option.name], required=option.required, default=option.default, envvar=option.variable)
        for option in verb.options
        if option.argument
    ]
    return common(
        click.Command(verb.name, callback=callback, params=[*placed, *params], help=verb.help, short_help=verb.summary)
    )


for _verb in verbs.VERBS:
    cli.add_command(_verb_command(_verb))


@cli.command("run", short_help="Run a stretch of the line: from a change to a report, or on to production.")
@click.option(
    "--from",
    "first",
    help="First stage; earlier ones are taken from their records.",
    default="lint",
    envvar="TRAINSTOP_FROM",
)
@click.option("--to", "last", help="Last stage.", default="report", show_default=True, envvar="TRAINSTOP_TO")
@click.option("--skip", multiple=True, envvar="TRAINSTOP_SKIP", help="A stage to leave out; can be said again.")
@click.pass_context
def run(context: click.Context, /, first: str, last: str, skip: tuple[str, ...], **_: Any) -> None:
    """Run a stretch of the line, stage by stage.

    \b
    lint, test, train, baseline, evaluate, model-test, report      checks a change (the default)
    ... register, integration-test, deploy-staging, staging-test,
    deploy-production, promote                                     delivers it

    The first stage that fails ends the line; the report is still written.
    """  # noqa: D301  # click's own mark for text that is not to be filled
    from trainstop import line

    parameters = context.params
    request = _request(parameters["config"], parameters["overrides"])
    sys.exit(
        _guarded(
            lambda: line.run(request, first, last, skip=skip, as_json=parameters["as_json"], quiet=parameters["quiet"]),
            stage="run" if parameters["as_json"] else "",
        )
    )


common(run)


@cli.command(short_help="Print the JSON Schema of the configuration file.")
def schema() -> None:
    """Print the JSON Schema of `trainstop.toml`: every key, its meaning and its default."""
    from trainstop.config.schema import text

    click.echo(text(), nl=False)


@cli.command(short_help="Write trainstop's tree with full references, for servers and runners without `$/`.")
@click.argument("repository", metavar="OWNER/REPO", required=False)
@click.argument("ref", metavar="REF", required=False)
@click.option("--to", "to", type=click.Path(), help="Folder to write; new or empty.")
@click.option(
    "--from",
    "source",
    type=click.Path(file_okay=False),
    show_default="where trainstop runs from",
    help="A checkout of trainstop.",
)
@click.option("--dispatch", type=click.Path(dir_okay=False), help="Print this called workflow as one to dispatch.")
@click.option(
    "--enterprise-server",
    is_flag=True,
    help="With the artifact actions of GitHub Enterprise Server, which github.com refuses.",
)
def render(
    repository: str | None,
    ref: str | None,
    to: str | None,
    source: str | None,
    dispatch: str | None,
    *,
    enterprise_server: bool,
) -> None:
    """Write trainstop's own tree with every `$/` as OWNER/REPO/...@REF.

    GitHub Enterprise Server, runners older than 2.336 and `act` do not know `$/`: push the rendered tree to OWNER/REPO,
    and tag it REF. With --dispatch FILE one called workflow is printed as a workflow_dispatch one instead, whose last
    job prints its outputs and the results of its jobs.
    """
    from pathlib import Path

    folder, file = Path(to) if to else None, Path(dispatch) if dispatch else None
    tree = Path(source) if source else Path(__file__).resolve().parents[2]
    sys.exit(_guarded(lambda: _render(repository, ref, folder, tree, file, enterprise_server=enterprise_server)))


def _render(
    repository: str | None,
    ref: str | None,
    to: "Path | None",
    source: "Path",
    dispatch: "Path | None",
    *,
    enterprise_server: bool,
) -> int:
    """Render a tree, or one workflow."""
    from trainstop import rendering

    if dispatch:
        click.echo(rendering.as_dispatch(rendering.text_of(dispatch), str(dispatch)), nl=False)
        return errors.PASSED
    if not (repository and ref and to):
        raise click.UsageError("say OWNER/REPO, REF and --to FOLDER; or --dispatch FILE")
    count = rendering.render(source, to, repository, ref, enterprise_server=enterprise_server)
    click.echo(f"{to}: {count} references to {repository}@{ref}")
    if enterprise_server:
        listed = "\n".join(f"  actions/{name}@{pin}" for name, pin in rendering.ON_ENTERPRISE_SERVER.items())
        click.echo(
            f"artifacts travel by versions that the server must have, by GitHub Connect or actions-sync:\n{listed}"
        )
    return errors.PASSED


def _request(config: str, overrides: tuple[str, ...]) -> "Request":
    """Gather what was asked for; the one place that reads the environment."""
    from pathlib import Path

    from trainstop.request import Request
    from trainstop.settings import Settings

    settings = Settings.from_environ(os.environ)
    return Request(Path(config), settings, (*settings.overrides, *overrides))


def _single(verb: verbs.Verb, request: "Request", options: dict[str, Any], *, as_json: bool, quiet: bool) -> int:
    """Run one verb and print its record; or print the one that still holds, where nothing was touched."""

    def work() -> int:
        start = time.monotonic()
        watch = _watch(verb, request, options)
        told = watch.recall(lambda: time.monotonic() - start) if watch else None
        if told:
            _print_told(told, as_json=as_json)
            return errors.PASSED
        record = _performed(verb, request, options, quiet=quiet)
        _print(record, as_json=as_json)
        if watch:
            _remember(watch, record)
        return exit_code(record)

    return _guarded(work, stage=verb.name if as_json else "")


def _performed(verb: verbs.Verb, request: "Request", options: dict[str, Any], *, quiet: bool) -> "Record[Any]":
    """Run one verb, with words for who waits."""
    from trainstop.adapters.progress import Lines, Quiet, Spinner
    from trainstop.wiring import perform

    if quiet:
        return perform(request, verb, options, Quiet())
    if sys.stderr.isatty() and not request.settings.github_actions:
        with Spinner(verb.name) as spinner:
            return perform(request, verb, options, spinner)
    return perform(request, verb, options, Lines())


def _watch(verb: verbs.Verb, request: "Request", options: dict[str, Any]) -> "Watch | None":
    """Look at the project before a verb that may have nothing to do; not in a job, whose steps want their outputs."""
    if not verb.repeats or any(options.values()) or request.settings.in_a_step:
        return None
    from datetime import UTC, datetime

    from trainstop import untouched

    return untouched.watch(verb.name, request.config, request.settings.environ, request.overrides, datetime.now(UTC))


def _remember(watch: "Watch", record: "Record[Any]") -> None:
    """Keep the record of a verb that had nothing to do and that looked at nothing but the project's folder."""
    from trainstop.report.terminal import rows

    part: Any = record.part
    if part.restored and not part.elsewhere:
        watch.remember(record.model_dump_json(), rows(record))


def _print_told(told: "Told", *, as_json: bool) -> None:
    """Print a record that still holds, as `_print` does."""
    from trainstop.report.screen import columns, headline, machine

    if as_json:
        click.echo(machine(told.text))
    else:
        names = ("stage", "subject", "status", "duration_seconds", "reason")
        head = headline(*(told.record[name] for name in names))
        click.echo("\n".join([*head, *map(columns, told.rows)]))


def _print(record: "Record[Any]", *, as_json: bool) -> None:
    """Print a record for a machine or for a person."""
    if as_json:
        from trainstop.report.screen import machine

        click.echo(machine(record.model_dump_json(indent=1)))
    else:
        from trainstop.report.terminal import show

        click.echo(show(record))


def exit_code(record: "Record[Any]") -> int:
    """Return the exit code of a record: a failed one stops the line, an inconclusive one where its verb says so."""
    if record.error:
        return record.error.exit_code
    if record.status == "inconclusive":
        return verbs.BY_NAME[record.stage].inconclusive
    return errors.FAILED if record.status == "failed" else errors.PASSED


def _guarded(work: Any, *, stage: str = "") -> int:
    """Run, and turn what we foresee into a message and an exit code; with a `stage` named into JSON, too."""
    try:
        return int(work())
    except (errors.TrainstopError, OSError) as error:
        from trainstop.report.screen import broken_off, told

        known = errors.foreseen(error)
        if known is None:
            raise
        if stage:
            click.echo(broken_off(known, stage, indent=1))
        click.echo(f"trainstop: {told(known)}", err=True)
        return known.exit_code
    except KeyboardInterrupt:
        click.echo("trainstop: interrupted; run the same command again, or `trainstop reconcile`", err=True)
        return 130


def main() -> None:
    """Enter from the console."""
    from trainstop.adapters.shielding import shield

    shield(os.environ)
    warnings.simplefilter("ignore")  # of libraries, to their callers; filters are the process's, so only here
    try:
        cli(prog_name="trainstop")
    finally:
        spare()


if __name__ == "__main__":
    main()
