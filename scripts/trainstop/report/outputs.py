"""What a workflow's later steps and jobs can read of a record: outputs by kebab-case name, all of them text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from trainstop.records import Record
from trainstop.records.base import Part
from trainstop.records.delivery import (
    DeployPart,
    NewestPart,
    PreflightPart,
    PromotePart,
    RegisterPart,
    RollbackPart,
    StagingTestPart,
)
from trainstop.records.judging import BaselinePart, EvaluatePart
from trainstop.records.reporting import ReportPart
from trainstop.records.training import TrainPart
from trainstop.records.travelling import PackPart, ReceivePart, UnpackPart
from trainstop.records.watching import AlertPart, MonitorPart, ReactPart
from trainstop.report.verdict import against_champion

LEVELS = ("quiet", "not enough data", "look", "act")


@dataclass(frozen=True)
class Output:
    """One output: its name, what it says, and where in the stage's part it is."""

    name: str
    help: str
    value: Callable[[Any], object]


def worst(part: MonitorPart) -> str:
    """Return the worst level of a look at production."""
    return max((signal.level for signal in part.signals), key=LEVELS.index, default="not enough data")


def protected(part: PreflightPart) -> bool:
    """Say whether an environment is protected, whatever was typed."""
    return bool(part.reviewers) and part.branches not in ("", "any")


COMMON = {
    "status": "What became of it: `passed`, `failed`, `inconclusive` or `skipped`.",
    "record": "Path of its record, a JSON file.",
    "record-digest": "Digest of that file.",
}
"""What every verb sets."""

VERSION = "Version number in the registry."
CHAMPION = "The champion's version; empty without one."
ENVIRONMENT = "Environment of the configuration."

OF_PART: Mapping[type[Part], tuple[Output, ...]] = {
    TrainPart: (
        Output("fingerprint", "Digest of everything training depends on.", lambda part: part.fingerprint.digest),
        Output("restored", "Whether an earlier training was taken.", lambda part: part.restored),
    ),
    BaselinePart: (Output("champion-version", CHAMPION, lambda part: part.version),),
    EvaluatePart: (
        Output("champion-version", CHAMPION, lambda part: part.champion_version),
        Output("comparison", "How it compares with the champion, in words.", against_champion),
    ),
    ReportPart: (
        Output("comment", "Address of the comment.", lambda part: part.comment),
        Output("summary", "Address of the summary.", lambda part: part.summary),
        Output("page", "Path of the HTML page, to be uploaded.", lambda part: part.page),
        Output("file", "Path of the file with the records in short, for `receive`.", lambda part: part.file),
    ),
    RegisterPart: (
        Output("model-name", "Name of the model in the registry.", lambda part: part.model_name),
        Output("model-version", VERSION, lambda part: part.model_version),
        Output("created", "`false` when the version was there already.", lambda part: part.created),
        Output("delivered", "`true` when it is the champion already.", lambda part: part.delivered),
        Output("manifest", "Digest of the version's manifest.", lambda part: part.manifest),
    ),
    DeployPart: (
        Output("environment", ENVIRONMENT, lambda part: part.environment),
        Output("model-version", VERSION, lambda part: part.model_version),
        Output("previous-version", "The version before it; empty without one.", lambda part: part.previous_version),
        Output("endpoint", "Address that answers; empty when the target has none.", lambda part: part.endpoint),
    ),
    StagingTestPart: (
        Output("environment", ENVIRONMENT, lambda part: part.environment),
        Output("model-version", VERSION, lambda part: part.model_version),
    ),
    PromotePart: (
        Output("model-version", "The new champion's version.", lambda part: part.model_version),
        Output("previous-version", "The champion before it; empty without one.", lambda part: part.previous_version),
        Output("approved-by", "Who approved the run; empty where nobody had to.", lambda part: part.approved_by),
    ),
    PreflightPart: (
        Output("protected", "Whether somebody has to approve, and not any branch may deploy.", protected),
        Output("reviewers", "Who may approve, between commas.", lambda part: ", ".join(part.reviewers)),
        Output(
            "unprotected", "Whether it went on without protection, as it was told to.", lambda part: part.unprotected
        ),
    ),
    NewestPart: (
        Output("model-version", "The version that was asked about.", lambda part: part.model_version),
        Output("candidate-version", "The newest candidate; empty without one.", lambda part: part.candidate_version),
        Output("superseded", "Whether a newer candidate made it pointless to deploy.", lambda part: part.superseded),
        Output("rolled-back", "Whether the environment was rolled back from it.", lambda part: part.rolled_back),
        Output("serving", "Whether the environment serves it already, as the ledger says.", lambda part: part.serving),
    ),
    RollbackPart: (
        Output("environment", ENVIRONMENT, lambda part: part.environment),
        Output("model-version", "The version that serves now.", lambda part: part.to_version),
        Output("previous-version", "The version that was gone back from.", lambda part: part.from_version),
    ),
    MonitorPart: (
        Output("level", "The worst signal: `quiet`, `not enough data`, `look` or `act`.", worst),
        Output("incidents", "How many incidents there are.", lambda part: len(part.incidents)),
        Output("model-version", VERSION, lambda part: part.model_version),
    ),
    AlertPart: (
        Output("reaction", "What is due: `none`, `retrain` or `rollback`.", lambda part: part.reaction),
        Output(
            "issues",
            "Numbers of the issues that were opened, reopened or updated.",
            lambda part: " ".join(str(number) for number in (*part.opened, *part.reopened, *part.updated)),
        ),
    ),
    ReactPart: (
        Output("reaction", "What was due: `none`, `retrain` or `rollback`.", lambda part: part.reaction),
        Output("dispatched", "Whether a workflow was started now; an earlier try may have.", lambda part: part.created),
        Output("workflow", "File of the workflow.", lambda part: part.workflow),
        Output("address", "Address of its runs.", lambda part: part.address),
    ),
    PackPart: (
        Output("digest", "Digest of the pack, for `unpack`.", lambda part: part.digest),
        Output("files", "How many files it holds.", lambda part: part.files),
    ),
    ReceivePart: (
        Output("pull-request", "Number of the pull request that the run was about.", lambda part: part.pull_request),
        Output("run", "Number of the run that checked it.", lambda part: part.run),
    ),
    UnpackPart: (Output("content", "What travelled: `records`, `candidate` or `log`.", lambda part: part.content),),
}
"""What a stage's own part adds."""


def outputs(record: Record[Any], *, path: str, digest: str) -> dict[str, str]:
    """Return a step's outputs. A value that is not there is an empty text, so that an output never goes missing.

    Args:
        record: what the step came to.
        path: where its record lies.
        digest: of that file; the job that takes it over compares.

    """
    common = dict(zip(COMMON, (record.status.value, path, digest), strict=True))
    return {**common, **{name: _text(value) for name, value in of_part(record.part).items()}}


def of_part(part: Part | None) -> dict[str, object]:
    """Return what a stage's own part adds."""
    own = OF_PART.get(type(part), ()) if part is not None else ()
    return {output.name: output.value(part) for output in own}


def described(verb: str) -> dict[str, str]:
    """Return every output that a verb can set, with what it says; the actions are made from this."""
    own = (output for kind, outputs in OF_PART.items() if kind.stage == verb for output in outputs)
    return {**COMMON, **{output.name: output.help for output in own}}


def _text(value: object) -> str:
    """Return a value as expressions of a workflow compare it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
