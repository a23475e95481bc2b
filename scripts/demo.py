"""The whole line on the example, told step by step: `make demo`.

A real model on real flights goes to production; its ordinary weeks stay silent; the autumn is replayed through the
live endpoint until the model got worse; it is retrained, a bad version is stopped, and one is rolled back. All along a
client asks ten times a second and counts what fails. Every step is a command that a person could type.
"""

import json
import math
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import requests
from rich.console import Console

ROOT = Path(__file__).resolve().parents[1]
PROJECT = ROOT / "example-project"
KEPT = PROJECT / ".trainstop"
TRAINSTOP = Path(sys.executable).with_name("trainstop")

HELD_OUT = (date(2013, 2, 11), date(2013, 3, 11), date(2013, 4, 8), date(2013, 5, 13))
HELD_OUT_SPAN = 14
"""Weeks from the first of them to the end of the last."""
WEATHER = {"temp", "dewp", "humid", "wind_speed", "wind_dir", "wind_gust", "precip", "pressure", "visib"}
SUMMER = (date(2013, 8, 5), date(2013, 9, 9))
STILL_WELL = date(2013, 9, 16)
AUTUMN = (date(2013, 9, 16), date(2013, 11, 18))
FALLEN = date(2013, 11, 25)
RETRAIN = "--train-to 2013-10-31 --evaluate-from 2013-11-01 --evaluate-to 2013-11-30"
AFTERWARDS = (date(2013, 12, 2), date(2013, 12, 23))
WELL_AGAIN = date(2013, 12, 30)

SURROUNDINGS = ("ACTIONS_", "GITHUB_", "MLFLOW_", "RUNNER_", "TRAINSTOP_")

AT_ONCE = "environments.production.strategy=blue-green"
ROWS_A_REQUEST = 500
ASKS_A_SECOND = 10
CROWD_A_SECOND = 8
CROWD_FLIGHTS = 25

console = Console(highlight=False, soft_wrap=True)


def main() -> int:
    """Run the story; exit 0 when every part of it was as it should be."""
    started = time.monotonic()
    leave_surroundings()
    console.print("[bold]trainstop, the whole line on the flights of New York in 2013[/bold]\n")
    begin_anew()
    first_version()
    client = Client()
    client.start()
    for chapter_of in (ordinary_weeks, changed_world, retraining, bad_version, back_and_forth):
        chapter_of()
    expect(client.stop(), "the client asked to the end")
    expect(client.asked >= client.due / 2, f"it asked {client.asked} times, where {client.due:.0f} were due")
    expect(client.failed == 0, f"and {client.failed} of its requests failed")
    places(time.monotonic() - started)
    return 0


def first_version() -> None:
    """From a change to production."""
    chapter("Version 1, from lint to production")
    trainstop("run", "--to", "promote")


def ordinary_weeks() -> None:
    """Weeks that training never saw: nothing may be reported, though it could be."""
    chapter("Ordinary weeks: four weeks of the training months that training never saw")
    for week in HELD_OUT:
        replay([week])
        watch(week + timedelta(days=7), "--set", "monitor.windows=[1,1]")
        columns = judged("feature:")
        expect(columns > 0, f"{columns} columns of the week of {week} were judged; its labels are of too few days")
        expect(not incidents(), "it is ordinary, and no incident opens")
    watch(HELD_OUT[-1] + timedelta(days=7), "--set", f"monitor.windows=[{len(HELD_OUT)},{HELD_OUT_SPAN}]")
    expect(judged("performance:auc") > 0, "the labels of all four weeks together are judged")
    expect(not incidents(), "the model does there what it was judged to do, and no incident opens")


def changed_world() -> None:
    """Replay what came later until the model got worse."""
    chapter("The world changes: August to November through the live endpoint")
    replay(weeks(*SUMMER))
    watch(STILL_WELL)
    show_signals()
    looks = [signal["name"] for signal in part("monitor")["signals"] if signal["level"] == "look"]
    moved = {name.partition(":")[2] for name in looks}
    expect(bool(moved & WEATHER), "late summer: weather beyond what training saw is worth a look")
    expect(not incidents(), "and nothing more")
    replay(weeks(*AUTUMN))
    watch(FALLEN)
    show_signals()
    expect([found["level"] for found in incidents()] == ["act"], "one incident, and it asks to act")
    trainstop("alert")
    reaction = part("alert")["reaction"]
    expect(reaction == "retrain", "one issue opens, and retraining is due")


def retraining() -> None:
    """Train on newer months, and serve what came of it."""
    chapter("Retraining on newer months")
    prepare(RETRAIN)
    with crowd():
        trainstop("run", "--to", "promote", "--skip", "lint", "--skip", "test")
    trainstop("explain", "auc")
    replay(weeks(*AFTERWARDS))
    watch(WELL_AGAIN)
    trainstop("alert")
    expect(bool(part("alert")["closed"]), "the new model serves well, and the issue is closed")


def bad_version() -> None:
    """Let a version pass every gate that refuses what production asks."""
    chapter("A bad version: it passes every gate, and would refuse flights without a barometer reading")
    prepare(f"{RETRAIN} --drop-incomplete-weather")
    planted = ("--set", "train.command=python -m flight_delay.train --bin-weather")
    with crowd():
        code = trainstop(
            "run", "--from", "train", "--to", "promote", "--skip", "integration-test", "--skip", "deploy-staging",
            "--skip", "staging-test", *planted, may_fail=True,
        )  # fmt: skip
    seen = part("deploy-production")
    last = seen["steps"][-1]
    expect(
        code == 1 and (last["verdict"], seen["model_version"]) == ("stopped", 3) and 0 < last["percent"] < 100,
        f"the canary stopped version 3 at {last['percent']}% of the traffic: {last['reason']}",
    )
    expect(serving() == 2, "version 2 serves on")
    prepare(RETRAIN)


def back_and_forth() -> None:
    """Roll back, go forward again, and look."""
    chapter("A rollback, and forward again")
    trainstop("rollback", "--reason", "to show a rollback; version 2 comes back next")
    trainstop("deploy", "--environment", "production", "--version", "2", "--set", AT_ONCE)
    trainstop("promote")
    trainstop("reconcile")
    trainstop("status")
    trainstop("history")
    trainstop("report")
    expect((KEPT / "report.html").is_file(), "the page has it all: what was judged, deployed and seen")


def leave_surroundings() -> None:
    """Forget what shell or runner say of servers and of GitHub: nothing of the demo leaves this machine."""
    for name in [name for name in os.environ if name.startswith(SURROUNDINGS)]:
        del os.environ[name]


def begin_anew() -> None:
    """End what an earlier demo left running, and forget its results; environments are kept."""
    for environment in ("staging", "production"):
        if (KEPT / "targets" / environment).exists():
            subprocess.run([TRAINSTOP, "stop", "--environment", environment, "--quiet"], cwd=PROJECT, check=False)
    for path in KEPT.glob("*") if KEPT.exists() else ():
        if path.name != "environments":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.rmtree(PROJECT / "data", ignore_errors=True)


def chapter(title: str) -> None:
    """Print a heading."""
    console.print(f"\n[bold cyan]▌ {title}[/bold cyan]")


def trainstop(*arguments: str, may_fail: bool = False) -> int:
    """Run a command of ours where the person sees it; end the demo if it fails and may not."""
    console.print(f"[dim]$ trainstop {' '.join(arguments)}[/dim]")
    code = subprocess.run([TRAINSTOP, *arguments], cwd=PROJECT, check=False).returncode
    if code and not may_fail:
        raise SystemExit(f"demo: `trainstop {' '.join(arguments)}` exited {code}")
    return code


def expect(held: bool, words: str) -> None:
    """Say what was to be seen, and end the demo if it was not."""
    console.print(f"  [green]✓[/green] {words}" if held else f"  [red]✗ not so: {words}[/red]")
    if not held:
        raise SystemExit(1)


def part(stage: str) -> dict[str, Any]:
    """Return what a stage handed on, from its record."""
    record = json.loads((KEPT / "results" / f"{stage}.json").read_text(encoding="utf-8"))
    return dict(record["part"])


def incidents() -> list[dict[str, Any]]:
    """Return the incidents of the last look."""
    return list(part("monitor")["incidents"])


def judged(prefix: str) -> int:
    """Count the signals of the last look that had enough data to tell, and so could have asked to act."""
    return sum(
        signal["name"].startswith(prefix) and signal["level"] != "not enough data"
        for signal in part("monitor")["signals"]
    )


def serving() -> int | None:
    """Return the version that production serves now."""
    done = subprocess.run([TRAINSTOP, "status", "--json", "--quiet"], cwd=PROJECT, capture_output=True, check=True)
    environments: list[dict[str, Any]] = json.loads(done.stdout)["part"]["environments"]
    return next((place["serving"] for place in environments if place["environment"] == "production"), None)


def watch(as_of: date, *more: str) -> None:
    """Look at production as of a day of 2013, and say what was seen in two lines; the record has it all."""
    arguments = ["monitor", "--as-of", as_of.isoformat(), *more]
    console.print(f"[dim]$ trainstop {' '.join(arguments)}[/dim]", highlight=False)
    done = subprocess.run([TRAINSTOP, *arguments, "--quiet"], cwd=PROJECT, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"demo: `trainstop monitor` exited {done.returncode}\n{done.stderr}")
    console.print("\n".join(done.stdout.splitlines()[:2]), markup=False)


def show_signals() -> None:
    """Tell apart what merely moved and what asks for action."""
    for signal in part("monitor")["signals"]:
        if signal["level"] in {"look", "act"}:
            console.print(f"  {signal['level']:<5} {signal['name']}: {signal['reason']}", markup=False)


def prepare(windows: str) -> None:
    """Move the data's windows, as a project's own pipeline would every night."""
    python = min((KEPT / "environments").glob("project-*/bin/python"))
    console.print(f"[dim]$ python -m flight_delay.data {windows}[/dim]")
    subprocess.run(
        [python, "-m", "flight_delay.data", *windows.split()], cwd=PROJECT, check=True, stdout=subprocess.DEVNULL
    )


def weeks(first: date, last: date) -> list[date]:
    """Return the Mondays from `first` to `last`."""
    return [first + timedelta(days=7 * number) for number in range((last - first).days // 7 + 1)]


def endpoint() -> str:
    """Return the live endpoint's address."""
    return str(part("deploy-production")["endpoint"])


def rows_of(week: date) -> tuple[list[str], list[list[Any]]]:
    """Return a production week as columns and JSON-safe rows."""
    table = pq.read_table(PROJECT / "data" / "production" / f"{week}.parquet")
    columns = [[_plain(value) for value in column.to_pylist()] for column in table.columns]
    return table.column_names, [list(row) for row in zip(*columns, strict=True)]


def _plain(value: Any) -> Any:
    """Make a value that JSON can carry."""
    if isinstance(value, float) and math.isnan(value):
        return None
    return value.isoformat() if hasattr(value, "isoformat") else value


def ask(session: requests.Session, address: str, columns: list[str], rows: list[list[Any]]) -> bool:
    """Ask the endpoint, once; say whether it answered."""
    try:
        answer = session.post(
            f"{address}/invocations", json={"dataframe_split": {"columns": columns, "data": rows}}, timeout=30
        )
    except requests.RequestException:
        return False
    return bool(answer.status_code == requests.codes.ok)


def replay(chosen: list[date]) -> None:
    """Send whole weeks through the live endpoint."""
    sent = 0
    with requests.Session() as session:
        for week in chosen:
            columns, rows = rows_of(week)
            for start in range(0, len(rows), ROWS_A_REQUEST):
                expect_answer = ask(session, endpoint(), columns, rows[start : start + ROWS_A_REQUEST])
                if not expect_answer:
                    raise SystemExit(f"demo: the endpoint did not answer the week of {week}")
                sent += len(rows[start : start + ROWS_A_REQUEST])
    console.print(f"  {sent:,} flights of {len(chosen)} week{'s' if len(chosen) > 1 else ''} asked for at {endpoint()}")


@dataclass
class Client(threading.Thread):
    """Asks for one flight ten times a second, all along, and counts."""

    asked: int = 0
    failed: int = 0
    _since: float = field(default_factory=time.monotonic)
    _done: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Be a thread that does not outlive the demo."""
        super().__init__(daemon=True)
        columns, rows = rows_of(HELD_OUT[0])
        self._columns, self._rows = columns, [row for row in rows if None not in row]
        self._address = endpoint()

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        """Ask until told to stop."""
        with requests.Session() as session:
            due = time.monotonic()
            while not self._done.wait(max(0.0, due - time.monotonic())):
                due += 1 / ASKS_A_SECOND
                row = self._rows[self.asked % len(self._rows)]
                self.failed += not ask(session, self._address, self._columns, [row])
                self.asked += 1

    @property
    def due(self) -> float:
        """How many times it should have asked by now."""
        return (time.monotonic() - self._since) * ASKS_A_SECOND

    def stop(self) -> bool:
        """Stop asking; say whether it was still at it."""
        alive = self.is_alive()
        self._done.set()
        self.join()
        return alive


@contextmanager
def crowd() -> Iterator[None]:
    """Let others ask too while a block runs: for an afternoon of flights at a time, gaps in the weather included."""
    done = threading.Event()
    columns, rows = rows_of(AFTERWARDS[0])
    address = endpoint()

    def run() -> None:
        with requests.Session() as session:
            number = 0
            while not done.wait(1 / CROWD_A_SECOND):
                chosen = [rows[(number * CROWD_FLIGHTS + flight) * 37 % len(rows)] for flight in range(CROWD_FLIGHTS)]
                ask(session, address, columns, chosen)
                number += 1

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def places(seconds: float) -> None:
    """Name the places to look at."""
    chapter("Places to look")
    here = KEPT.relative_to(ROOT)
    mlflow = f".venv/bin/mlflow ui --backend-store-uri sqlite:///{here}/mlflow.db"
    for title, place in (
        ("the pull-request comment", f"{here}/outbox/comment.md"),
        ("the issue and its life", f"{here}/outbox/issues/"),
        ("a record of every verb", f"{here}/results/"),
        ("the registry", mlflow),
        ("the live endpoint", f"{endpoint()}/invocations"),
        ("what is deployed", ".venv/bin/trainstop status --config example-project"),
        ("the story so far", ".venv/bin/trainstop history --config example-project"),
        ("to end the processes", ".venv/bin/trainstop stop --environment production --config example-project"),
        ("all of it in a browser", f"{here}/report.html"),
    ):
        console.print(f"  {title:<26} {place}", markup=False)
    console.print(f"\n  took {seconds / 60:.1f} minutes\n")


if __name__ == "__main__":
    sys.exit(main())
