"""What the scorer tells the script, and what it makes of its end; the process is pretended."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from trainstop.adapters.model_scripts import ModelScripts
from trainstop.adapters.scoring import ProjectScorer
from trainstop.bundles import Bundle
from trainstop.config import Config
from trainstop.errors import InputError, ProjectCodeError, TimeLimitError
from trainstop.ports.environments import Interpreter
from trainstop.ports.processes import Command, Outcome
from trainstop.ports.scoring import ScoreRequest
from trainstop.workspace import Workspace

ANSWER = {
    "rows": 3, "load_seconds": 0.5, "predict_seconds": 0.1,
    "peak_memory_bytes": 7, "inputs": ["x"], "classes": ["0", "1"],
}  # fmt: skip


@dataclass
class OneProcess:
    answer: dict | None = None
    changes: dict = field(default_factory=dict)
    asked: dict = field(default_factory=dict)
    command: Command | None = None

    def run(self, command: Command) -> Outcome:
        self.command = command
        self.asked = json.loads(Path(command.argv[2]).read_text())
        if self.answer is not None:
            Path(command.argv[3]).write_text(json.dumps(self.answer))
        given = {"exit_code": 0, "wall_seconds": 1.0, "cpu_seconds": 1.0, "peak_memory_bytes": 1, "tail": "last words"}
        return Outcome(**{**given, "log": Path("score.log"), **self.changes})


@dataclass
class Made:
    cleaned: list[Path] = field(default_factory=list)

    def model(self, lock: Path) -> Interpreter:
        return Interpreter(python=Path("/kept/python"), digest="", version="", source="")

    def clean(self, lock: Path, folder: Path) -> Interpreter:
        self.cleaned.append(folder)
        return Interpreter(python=Path("/new/python"), digest="", version="", source="")


class Silence:
    def note(self, text: str) -> None:
        pass


@dataclass
class World:
    scorer: ProjectScorer
    process: OneProcess
    environments: Made
    bundle: Bundle
    workspace: Workspace

    def request(self, **changes) -> ScoreRequest:
        given = {"bundle": self.bundle, "tables": (Path("rows.parquet"),), "predictions": Path("out.parquet")}
        return ScoreRequest(**{**given, **changes})


@pytest.fixture
def world(tmp_path: Path) -> World:
    config = Config.model_validate(
        {
            "model": {"name": "m", "task": "binary"},
            "data": {
                "target": "y",
                "id": "id",
                "time": "at",
                "cluster": "day",
                "slices": ["site"],
                "exclude": ["note"],
            },
        }
    )
    workspace, process, environments = Workspace(tmp_path), OneProcess(ANSWER), Made()
    bundle = Bundle(tmp_path / "bundle")
    bundle.model.mkdir(parents=True)
    (bundle.model / "MLmodel").write_text("flavors: {sklearn: {}}")
    bundle.environment.write_text("lock")
    return World(
        ProjectScorer(ModelScripts(config, workspace, process, environments, Silence())),
        process,
        environments,
        bundle,
        workspace,
    )


def test_a_model_that_was_judged_before_is_asked_as_what_it_was(world) -> None:
    world.scorer.score(world.request())
    assert [world.process.asked[name] for name in ("single", "classes", "quantiles")] == ["", [], []]
    world.scorer.score(world.request(positive="1", classes=("0", "1"), quantiles=(0.1, 0.9)))
    asked = world.process.asked
    assert (asked["single"], asked["classes"], asked["quantiles"]) == ("1", ["0", "1"], [0.1, 0.9])
    assert asked["positive"] == 1, "of what class the scores are wanted is today's setting"


def test_the_script_is_told_what_the_columns_mean(world) -> None:
    result = world.scorer.score(world.request(limit=5, timeout=9.0, memory=10**9, golden=Path("golden.json")))
    asked = world.process.asked
    assert (result.rows, result.classes) == (3, ("0", "1"))
    assert (asked["target"], asked["id"], asked["keep"]) == ("y", "id", ["at", "day", "site"])
    assert (asked["drop"], asked["limit"]) == (["y", "id", "note"], 5)
    assert Path(asked["golden"]).is_absolute()
    assert (world.process.command.timeout, world.process.command.memory) == (9.0, 10**9)
    assert world.process.command.argv[0] == "/kept/python"
    assert not list(world.workspace.scratch.iterdir()), "nothing is left behind"


def test_a_clean_environment_is_made_in_a_place_that_goes_away(world) -> None:
    world.scorer.score(world.request(clean=True))
    [folder] = world.environments.cleaned
    assert world.process.command.argv[0] == "/new/python"
    assert not folder.parent.exists()


@pytest.mark.parametrize(("kind", "raised"), [("input", InputError), ("model", ProjectCodeError)])
def test_what_the_script_says_becomes_the_error(world, kind, raised) -> None:
    world.process.answer = {"error": {"kind": kind, "what": "so it is", "where": "", "fix": "do this"}}
    with pytest.raises(raised, match="so it is") as caught:
        world.scorer.score(world.request())
    assert (caught.value.where, caught.value.fix) == ("score.log", "do this")
    assert caught.value.what == ("so it is\n    last words" if raised is ProjectCodeError else "so it is")


def test_a_model_that_does_not_load_says_where_all_it_printed_is(world) -> None:
    world.process.answer = {"error": {"kind": "model", "what": "it does not load", "where": "the/model", "fix": ""}}
    with pytest.raises(ProjectCodeError) as caught:
        world.scorer.score(world.request())
    assert caught.value.where == "the/model; all it printed is in score.log"


@pytest.mark.parametrize(
    ("changes", "raised", "words"),
    [
        ({"exit_code": None, "signal": "SIGSEGV"}, ProjectCodeError, r"SIGSEGV\n    last words"),
        ({"exit_code": 1}, ProjectCodeError, "exit code 1"),
        ({"exit_code": None, "timed_out": True}, TimeLimitError, "longer"),
    ],
)
def test_a_script_that_ends_without_an_answer_is_explained(world, changes, raised, words) -> None:
    world.process.answer, world.process.changes = None, changes
    with pytest.raises(raised, match=words):
        world.scorer.check(world.bundle)


def test_an_untrusted_model_is_never_given_to_a_process(world) -> None:
    (world.bundle.model / "model.pkl").write_bytes(b"")
    with pytest.raises(ProjectCodeError, match="pickle"):
        world.scorer.check(world.bundle)
    assert world.process.command is None


def test_a_model_without_a_lock_is_not_asked(world) -> None:
    world.bundle.environment.unlink()
    with pytest.raises(InputError, match="lock"):
        world.scorer.check(world.bundle)
