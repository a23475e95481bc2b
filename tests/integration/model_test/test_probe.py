"""The examining script with models that are good and bad in every way. MLflow is real.

Where a model ends its process, or two take turns, the processes are real too; else the script runs in this one.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

pytest.importorskip("mlflow")

from trainstop.adapters.model_scripts import ModelScripts
from trainstop.adapters.probing import ModelProber
from trainstop.adapters.processes import ChildProcesses
from trainstop.bundles import Bundle
from trainstop.config import Config
from trainstop.errors import InputError, ProjectCodeError, TimeLimitError
from trainstop.ports.environments import Interpreter
from trainstop.ports.probing import ProbeRequest, ProbeResult
from trainstop.ports.processes import Command, Outcome
from trainstop.project_side import probe as script
from trainstop.workspace import Workspace

pytestmark = pytest.mark.filterwarnings("default")  # MLflow's own warnings are not ours to mend
INPUTS = (("x", "double"), ("size", "long"), ("gap", "double"), ("site", "string"))
GOOD = "return (0.1 + 0.8 * rows.x.clip(0, 1)).fillna(0.5).to_numpy()"
SPOILING = {
    "kinds": ("noise", "missing", "units", "swapped", "range", "unseen"),
    "noise": 0.1, "factors": (0.001, 1000.0), "columns": 9, "time": 60.0,
}  # fmt: skip


class Here:
    """Every environment is the one of these tests."""

    def model(self, lock: Path) -> Interpreter:
        return Interpreter(python=Path(sys.executable), digest="", version="", source="")

    def clean(self, lock: Path, folder: Path) -> Interpreter:
        return self.model(lock)


class Silence:
    def note(self, text: str) -> None:
        pass


class InThisProcess:
    """Runs the script here: loading MLflow for every model would take minutes."""

    def run(self, command: Command) -> Outcome:
        code = script.main(Path(command.argv[2]), Path(command.argv[3]))
        return Outcome(exit_code=code, wall_seconds=1, cpu_seconds=1, peak_memory_bytes=1, log=Path("log"))


@pytest.fixture
def probe(tmp_path: Path, rows: Path, make_model: Callable[..., Path]) -> Callable[..., ProbeResult]:
    def bundle(name: str, predict: str) -> Bundle:
        made = Bundle(tmp_path / name)
        make_model(made.model, predict, INPUTS)
        made.environment.write_text("lock")
        return made

    def run(predict: str, *, champion: str = "", apart: bool = False, **changes: Any) -> ProbeResult:
        config = Config.model_validate(
            {"model": {"name": "m", "task": "binary"}, "data": {"target": "y", "cluster": "day"}}
        )
        workspace = Workspace(tmp_path)
        processes = ChildProcesses(os.environ, workspace.logs) if apart else InThisProcess()
        prober = ModelProber(ModelScripts(config, workspace, processes, Here(), Silence()))
        (tmp_path / "answers").mkdir(exist_ok=True)
        given = {
            "bundle": bundle("candidate", predict),
            "champion": bundle("champion", champion) if champion else None,
            "tables": (rows,),
            "answers": tmp_path / "answers",
            "limit": 1000,
            "rounds": 3,
            "calls": 2,
            "singles": 5,
            "timeout": 120.0,
        }
        return prober.probe(ProbeRequest(**{**given, **changes}))

    run.answers = tmp_path / "answers"
    return run


def of(seen: ProbeResult, section: str) -> list[Any]:
    return [probe for probe in seen.probes if probe.section == section]


def test_a_model_is_timed_asked_again_and_asked_about_spoiled_rows(probe) -> None:
    rule = {"kind": "direction", "title": "r", "columns": ["gap"], "values": [], "by": 1.0, "where": {"site": "north"}}
    other = {
        "kind": "invariance",
        "title": "s",
        "columns": ["site"],
        "values": ["east", "west"],
        "by": None,
        "where": {},
    }
    least = {"kind": "minimum", "title": "t", "columns": [], "values": [], "by": None, "where": {"day": 3}}
    seen = probe(GOOD, robustness=SPOILING, behaviour=(rule, other, least))
    assert (seen.broke, seen.left_out) == ("", 0)
    assert ([len(calls) for calls in seen.timing.single], len(seen.timing.batch)) == ([2, 2, 2], 3)
    assert 10**7 < seen.timing.peak_memory_bytes < 10**10
    assert [each.kind for each in of(seen, "sanity")] == ["base", "again", "shuffled", "single"]
    assert {(each.kind, each.column) for each in of(seen, "robustness")} == {
        *((kind, column) for kind in ("noise", "units", "range", "swapped") for column in ("x", "size", "gap")),
        ("missing", "gap"), ("swapped", "site"), ("unseen", "site"), ("noise", ""),
    }  # fmt: skip
    assert [(each.kind, each.rows) for each in of(seen, "behaviour")] == [("0", 10), ("1", 60), ("1", 60), ("2", 2)]
    assert not any(each.error for each in seen.probes)
    shuffled = parquet.read_table(probe.answers / of(seen, "sanity")[2].file).sort_by("place")
    base = parquet.read_table(probe.answers / of(seen, "sanity")[0].file)
    assert shuffled["score"].to_pylist() == base["score"].to_pylist()


def test_the_columns_that_matter_are_spoiled_where_there_are_too_many(probe) -> None:
    seen = probe(GOOD, robustness={**SPOILING, "columns": 1})
    assert {each.column for each in of(seen, "robustness")} == {"x", ""}
    assert seen.left_out == 3


def test_a_model_that_raises_on_spoiled_rows_is_asked_on(probe) -> None:
    predict = (
        "assert len(rows) == 1 or not rows.gap.isna().all(), 'no gauge'\n"
        f"assert rows.site.isin(['north', 'south', 'west']).all()\n{GOOD}"
    )
    seen = probe(predict, robustness=SPOILING)
    assert {(each.kind, each.column) for each in seen.probes if each.error} == {("missing", "gap"), ("unseen", "site")}
    assert "no gauge" in next(each.error for each in seen.probes if each.kind == "missing")


def test_an_answer_that_is_nan_is_kept_as_it_is(probe) -> None:
    seen = probe("return np.where(rows.x > 2, np.nan, 0.2 + rows.x / 2)", robustness=SPOILING)
    [broken] = [each for each in seen.probes if each.detail == "times 1000" and each.column == "x"]
    said = parquet.read_table(probe.answers / broken.file)["score"].to_numpy()
    assert 0 < np.isnan(said).sum() < len(said)


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("os.kill(os.getpid(), 11)", "SIGSEGV"),
        ("return [bytearray(b'x') * 50_000_000 for _ in range(40)]", "more memory than it was given"),
    ],
    ids=["crashes", "eats memory"],
)
def test_what_was_seen_before_the_model_ended_its_process_is_kept(probe, end, words) -> None:
    predict = f"if (rows.site == 'trainstop: never seen').any(): {end}\n{GOOD}"
    seen = probe(predict, robustness=SPOILING, memory=800_000_000, apart=True)
    assert words in seen.broke
    assert "unseen in `site`" in seen.broke
    assert seen.broke_in == "robustness"
    assert len(of(seen, "sanity")) == 4


def test_a_model_that_ends_its_process_at_the_first_question_is_an_error_in_words(probe) -> None:
    with pytest.raises(ProjectCodeError, match="exit code 3"):
        probe("os._exit(3)", apart=True)


@pytest.mark.slow
def test_a_model_that_never_answers_is_ended_and_said_so(probe) -> None:
    with pytest.raises(TimeLimitError, match="longer"):
        probe("while True: pass", apart=True, timeout=25.0)


RULE = {"title": "r", "columns": ["site"], "by": 1.0, "values": [], "where": {}}


@pytest.mark.parametrize(
    ("predict", "changes", "raised", "words"),
    [
        ("return np.full((len(rows), 3), 0.3)", {}, ProjectCodeError, "3 scores a row"),
        ("return np.full(len(rows), np.nan)", {}, ProjectCodeError, "NaN or infinity to 60 of 60"),
        ("raise ValueError('never')", {}, ProjectCodeError, "never"),
        (GOOD, {"behaviour": ({**RULE, "kind": "minimum", "where": {"nowhere": 1}},)}, InputError, "no column nowhere"),
        (GOOD, {"behaviour": ({**RULE, "kind": "direction"},)}, InputError, "no numbers"),
    ],
    ids=["wrong shape", "NaN", "raises", "unknown column", "no numbers"],
)
def test_a_model_that_cannot_be_examined_is_an_error_in_words(probe, predict, changes, raised, words) -> None:
    with pytest.raises(raised, match=words):
        probe(predict, **changes)


def test_answers_that_depend_on_who_asks_beside_them_are_seen(probe) -> None:
    seen = probe("return (0.2 + 0.5 * rows.x.rank(pct=True)).to_numpy() + 0.001 * self.asked")
    base, again, shuffled, single = (
        parquet.read_table(probe.answers / each.file).sort_by("place")["score"].to_pylist() for each in seen.probes
    )
    assert base != again
    assert base != shuffled
    assert len({round(value, 1) for value in single}) == 1


SLOW = "import time\nuntil = time.perf_counter() + 0.01\nwhile time.perf_counter() < until: pass\n" + GOOD


def test_two_models_take_turns_and_the_slower_one_is_slower(probe) -> None:
    seen = probe(SLOW, champion=GOOD, rounds=4, apart=True)
    assert (seen.champion_error, len(seen.champion.single), len(seen.timing.single)) == ("", 4, 4)
    assert min(min(calls) for calls in seen.timing.single) > 0.01


def test_a_champion_that_cannot_be_asked_keeps_nobody_waiting(probe) -> None:
    seen = probe(GOOD, champion="os._exit(4)", apart=True)
    assert seen.champion is None
    assert "exit code 4" in seen.champion_error
    assert len(of(seen, "sanity")) == 4
    assert seen.timing is not None, "what the champion cannot do is nothing against the candidate"
    assert len(seen.timing.single) == len(seen.timing.batch) > 0
