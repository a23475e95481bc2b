"""Hostile text in inputs that are read late: each verb is brought to where it reads them."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.fakes.delivering import NAME, World, world
from tests.fakes.github.clock import START
from tests.fakes.target import FakeTarget
from tests.integration.hostile.test_actions import CARRIED, check_harmless
from tests.integration.hostile.test_hostile import active

from trainstop import cli
from trainstop.live_ports import LivePorts
from trainstop.records.delivery import DeployPart
from trainstop.records.watching import AlertPart, Incident, MonitorPart, Signal
from trainstop.stages import promote

CONFIG = f'[model]\nname = "{NAME}"\ntask = "binary"\n[environments.staging]\n[environments.production]\n'
DOSES = [16, pytest.param(1, marks=pytest.mark.slow)]


class Scene:
    """A project whose versions serve, in a step of a job."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder / "project"
        self.folder.mkdir()
        (self.folder / "trainstop.toml").write_text(CONFIG)
        files = {name: folder / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV")}
        for path in files.values():
            path.touch()
        self.job = {"GITHUB_ACTIONS": "true", **{name: str(path) for name, path in files.items()}}
        self.patch = patch
        patch.chdir(self.folder)
        self.world = self.deployed()

    def deployed(self) -> World:
        """Put two versions into production, one after the other, and one into staging."""
        made = world(self.folder)
        for number in (1, 2):
            made.version()
            made.targets["production"].prepared.add(number)
            made.targets["production"].commit(number)
            made.entry("deploy", "production", number)
            promote.run(made.job)
        made.targets["staging"] = FakeTarget.with_history(2)
        made.record(DeployPart(environment="staging", model_version=2, strategy="blue-green"), subject="staging")
        made.evaluate()
        due: dict[str, Any] = {"reaction": "retrain", "reason": "it fell", "incident": "performance", "as_of": START}
        made.record(AlertPart(environment="production", **due), at=START - timedelta(days=1))
        self.patch.setattr(LivePorts, "registry", made.registry)
        self.patch.setattr(LivePorts, "target", lambda _, environment: made.targets[environment])
        return made

    def call(self, verb: str, *arguments: str, **environ: str) -> Result:
        """Call a verb as a step does, and look at everything it leaves."""
        Path(self.job["GITHUB_OUTPUT"]).write_text("")
        done = CliRunner().invoke(cli.cli, [verb, *arguments], env={**self.job, **environ})
        check_harmless(done, self.job, verb)
        return done


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(tmp_path, monkeypatch)


def packed(scene: Scene) -> str:
    """Return the digest of a pack of the records."""
    assert scene.call("pack", "--to", "../pack").exit_code == 0
    record = json.loads((scene.folder / ".trainstop/results/pack.json").read_bytes())
    return str(record["part"]["digest"])


Late = Callable[[Scene, str], Result]
INPUTS: dict[str, Late] = {
    "rollback.reason": lambda scene, text: scene.call("rollback", TRAINSTOP_REASON=text),
    "rollback.from-version": lambda scene, text: scene.call("rollback", TRAINSTOP_FROM_VERSION=text),
    "react.retrain-workflow": lambda scene, text: scene.call("react", TRAINSTOP_RETRAIN_WORKFLOW=text),
    "react.ref": lambda scene, text: scene.call("react", TRAINSTOP_RETRAIN_WORKFLOW="t.yml", TRAINSTOP_REF=text),
    "staging-test.endpoint": lambda scene, text: scene.call("staging-test", TRAINSTOP_ENDPOINT=text),
    "pack.to": lambda scene, text: scene.call("pack", TRAINSTOP_TO=text),
    "pack.content": lambda scene, text: scene.call("pack", TRAINSTOP_TO="../pack", TRAINSTOP_CONTENT=text),
    "pack.environment": lambda scene, text: scene.call(
        "pack", TRAINSTOP_TO="../pack", TRAINSTOP_CONTENT="log", TRAINSTOP_ENVIRONMENT=text
    ),
    "unpack.from": lambda scene, text: scene.call("unpack", TRAINSTOP_FROM=text, TRAINSTOP_DIGEST=packed(scene)),
    "unpack.digest": lambda scene, text: (
        packed(scene),
        scene.call("unpack", TRAINSTOP_FROM="../pack", TRAINSTOP_DIGEST=text),
    )[1],
}
ORDINARY = {
    "rollback.reason": "errors", "rollback.from-version": "2", "react.retrain-workflow": "train.yml",
    "react.ref": "main", "pack.to": "../pack", "pack.content": "records", "unpack.from": "../pack",
}  # fmt: skip
"""What each of these takes when nobody means harm."""


@pytest.mark.parametrize("name", ORDINARY)
def test_the_scene_brings_a_verb_to_where_it_reads_its_input(scene: Scene, name: str) -> None:
    done = INPUTS[name](scene, ORDINARY[name])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("dose", DOSES)
@pytest.mark.parametrize("name", INPUTS)
def test_an_input_that_is_read_late_is_refused_or_shown(scene: Scene, name: str, dose: int) -> None:
    for text in CARRIED[len(name) % dose :: dose]:
        before = {path.name for path in scene.folder.parent.iterdir()}
        done = INPUTS[name](scene, text)
        assert done.exit_code in (0, 1, 2, 3), (text, done.output[-500:])
        if name != "pack.to":
            assert {path.name for path in scene.folder.parent.iterdir()} - before <= {"pack"}, ascii(text)
    for verb in ("report", "history", "status"):
        scene.call(verb)


@pytest.mark.parametrize("dose", DOSES)
def test_a_reason_and_a_description_are_only_words_in_comment_summary_and_issue(scene: Scene, dose: int) -> None:
    for text in (*CARRIED[::dose], "\u00e9 and e\u0301"):
        shown = text.encode("utf-8", "replace").decode()
        scene.world.evaluate(reason=shown)
        signal = Signal(name=f"performance:{shown}", level="act", reason=shown)
        incident = Incident(key="performance", level="act", title=f"worse: {shown}", signals=(signal.name,))
        scene.world.record(
            MonitorPart(
                environment="production",
                model_version=2,
                as_of=START,
                signals=(signal,),
                incidents=(incident,),
                notes=(shown,),
            )
        )
        setting = f"model.description={json.dumps(shown)}"
        outbox = scene.folder / ".trainstop/outbox"
        for verb, page in (("report", "comment.md"), ("alert", "issues/1.md")):
            Path(scene.job["GITHUB_OUTPUT"]).write_text("")
            done = CliRunner().invoke(cli.cli, [verb], env={**scene.job, "TRAINSTOP_SET": setting})
            if done.exit_code == 0:
                assert active((outbox / page).read_text()) == [], ascii(text)
            check_harmless(done, scene.job, verb)
        (outbox / "issues/1.json").unlink(missing_ok=True)


def test_names_that_look_the_same_are_two(scene: Scene) -> None:
    (scene.folder / "metrics.json").write_text(json.dumps({"\u00e9": 0.5, "e\u0301": 0.6, "auc": 0.8}))
    assert scene.call("evaluate", "--set", "evaluate.metrics-file=metrics.json").exit_code == 0
    record = json.loads((scene.folder / ".trainstop/results/evaluate.json").read_bytes())
    assert sorted(each["name"] for each in record["part"]["metrics"]) == ["auc", "e\u0301", "\u00e9"]
