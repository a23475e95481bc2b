"""The verbs of the line: name, what it does, its options, the dependency groups it needs.

Data only, so that `--help` costs nothing; `stages/<verb>.py` does the work. Option names are the keyword arguments of
the stage's `run`.
"""

from dataclasses import dataclass
from typing import Any

from trainstop import errors


@dataclass(frozen=True)
class Option:
    """One option of a verb. An `argument` is given by its place on the command line instead of by a flag."""

    name: str
    help: str
    required: bool = False
    default: Any = None
    kind: type = str
    choices: tuple[str, ...] = ()
    argument: bool = False

    @property
    def kebab(self) -> str:
        """The option as flags and inputs of actions spell it. `from_` is `from`, a word that Python keeps."""
        return self.name.strip("_").replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment variable that gives it."""
        return f"TRAINSTOP_{self.name.strip('_').upper()}"


@dataclass(frozen=True)
class Verb:
    """One verb. `line` names the stretch it belongs to; `subject` is the option that tells its records apart.

    `repeats` says that where nothing in the project's folder was touched its earlier record still holds.
    `forge` says that it speaks to GitHub where there is one, which takes the group `github` besides `extras`.
    `inconclusive` is the exit code when it cannot tell.
    """

    name: str
    summary: str
    help: str
    line: str = ""
    extras: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    subject: str = ""
    repeats: bool = False
    forge: bool = False
    inconclusive: int = errors.PASSED

    @property
    def groups(self) -> tuple[str, ...]:
        """The dependency groups that it needs in a job of GitHub Actions."""
        return (*self.extras, "github") if self.forge else self.extras

    @property
    def module(self) -> str:
        """The module that does the work."""
        return f"trainstop.stages.{self.name.replace('-', '_')}"


def _environment(default: str) -> Option:
    return Option("environment", "Environment of the configuration.", default=default)


VERSION = Option("version", "Version number or alias; the one `register` made when left out.")
EXPLAINED = ("lint", "test", "train", "baseline", "evaluate", "model-test", "integration-test", "staging-test")
REASON = Option("reason", "Why, for the ledger.")

VERBS: tuple[Verb, ...] = (
    Verb(
        "lint",
        "Check the project's code for style, bugs, secrets and vulnerable dependencies.",
        "Runs ruff, bandit, pip-audit and a secret scan over the project's code and notebooks, each with the project's "
        "own settings, and merges what they find into one record and one SARIF file.",
        line="ci",
        extras=("lint",),
    ),
    Verb(
        "test",
        "Run the project's own tests in the project's own environment.",
        "Finds or makes the project's environment, runs `test.command` there, and reads JUnit and coverage back. "
        "A run that collected no test fails unless `test.allow-none` is set.",
        line="ci",
        extras=("environments",),
    ),
    Verb(
        "train",
        "Train the model, or take the earlier result when nothing it depends on changed.",
        "Runs `train.command` in the project's environment with a tracking store of its own, and takes the model it "
        "made. Code, data, command and environment make a fingerprint; a complete earlier training with the same one "
        "is restored instead.",
        line="ci",
        extras=("environments", "evaluation"),
        options=(Option("force", "Train even when an earlier result could be restored.", kind=bool, default=False),),
        repeats=True,
    ),
    Verb(
        "baseline",
        "Fetch what the candidate is compared with: the champion's predictions, or its model.",
        "Reads the champion's record and predictions from the registry, and its model only when the evaluation data "
        "changed since. Runs no code of the project.",
        line="ci",
        extras=("registry",),
        options=(
            Option(
                "model",
                "Whether its model comes too: where it must be asked again (`auto`), `always`, or `never`, for a job "
                "that only wants to know how good it was.",
                default="auto",
                choices=("auto", "always", "never"),
            ),
            Option(
                "numbers",
                "Folder of a pack of `numbers` that an earlier run left: used by a job that may not ask the registry, "
                "like that of a fork's pull request.",
            ),
        ),
    ),
    Verb(
        "evaluate",
        "Judge the candidate, alone and against the champion on the same rows.",
        "Scores the evaluation data, computes metrics with their intervals, compares with the champion by a paired "
        "bootstrap that respects `data.cluster`, and applies the gates.",
        line="ci",
        extras=("environments", "evaluation"),
    ),
    Verb(
        "model-test",
        "Test the model itself: whether it is sane, fast, robust and well-behaved.",
        "Loads the model in a clean environment made from its own lock; asks it again, in another order, row by row; "
        "times it, in turns with the champion where that is at hand; spoils rows; and tries the project's own rules "
        "and tests.",
        line="ci",
        extras=("environments", "evaluation"),
    ),
    Verb(
        "report",
        "Write the pull-request comment, the job summary and an HTML page from the records.",
        "Recomputes nothing. The page, `.trainstop/report.html`, loads nothing and opens anywhere. In a job of GitHub "
        "Actions that is given GITHUB_TOKEN, one comment a workflow and model on the pull request; without GitHub the "
        "texts go to `.trainstop/outbox/`.",
        line="ci",
        forge=True,
    ),
    Verb(
        "register",
        "Register exactly one model version for this code, data, configuration and environment.",
        "Entered twice, by two at once, or after a kill, it ends with one complete version.",
        line="cd",
        extras=("registry",),
    ),
    Verb(
        "integration-test",
        "Install and serve the registered version in a clean place, and test how it answers.",
        "A missing or wrongly typed column must be refused, an extra one must change nothing, golden predictions must "
        "be repeated, and the project's own tests must pass.",
        line="cd",
        extras=("registry", "environments", "serving"),
        options=(VERSION,),
    ),
    Verb(
        "deploy",
        "Put a registered, verified version on an environment's target.",
        "All at once, blue-green, or canary with analysis between the steps, as the configuration says. Journalled: "
        "an interrupted deployment is ended by `trainstop reconcile`, or by deploying again.",
        line="cd",
        extras=("registry", "environments", "serving"),
        options=(_environment("staging"), VERSION),
        subject="environment",
    ),
    Verb(
        "staging-test",
        "Test the live staging deployment end to end, under a stated load.",
        "The contract of the integration test against the live endpoint, then `staging-test.load`. No request made is "
        "a failure.",
        line="cd",
        extras=("registry", "environments", "serving"),
        options=(
            _environment("staging"),
            Option("endpoint", "Test this address, without asking the target: for a job without its credential."),
        ),
    ),
    Verb(
        "preflight",
        "Look whether anybody has to approve what goes to an environment.",
        "Reads the protection rules of the environment on GitHub, without making it. Fails when nobody has to approve "
        "or any branch may deploy; warns when one may approve one's own, or administrators may pass the rules by.",
        line="cd",
        options=(
            _environment("production"),
            Option("github_environment", "Its name on GitHub; the same name when left out."),
            Option(
                "allow_unprotected", "Go on without protection; record and ledger say so.", kind=bool, default=False
            ),
        ),
        subject="environment",
        forge=True,
    ),
    Verb(
        "newest",
        "Say whether a version is still the newest candidate, and was not found bad, before it is delivered.",
        "Reads the registry only. Passes when a run that began later put another version forward: the output "
        "`superseded` says so. Fails when the environment was rolled back from this version, unless --again is given.",
        line="cd",
        extras=("registry",),
        options=(
            VERSION,
            _environment("production"),
            Option("again", "Deliver a version that was rolled back from once more.", kind=bool, default=False),
        ),
    ),
    Verb(
        "promote",
        "Make the version that production serves the champion.",
        "Moves the aliases `champion` and `previous`, if they still are where they are expected, and closes the ledger "
        "entry, which says who approved the run. With --version nothing is promoted where another version took that "
        "one's place meanwhile, and it fails where that one was rolled back from. A model whose `model.serving` is not "
        "`endpoint` is deployed nowhere: there it is the registered version that becomes the champion.",
        line="cd",
        extras=("registry",),
        options=(
            _environment("production"),
            Option("version", "Version number or alias: promote this one only; else what is served, whichever it is."),
            Option(
                "unprotected",
                "That nobody had to approve, for the ledger: the output of `preflight` in an earlier job.",
                kind=bool,
                default=False,
            ),
        ),
        forge=True,
    ),
    Verb(
        "rollback",
        "Go back to the last good version, from any state.",
        "Works with the registry down: the target knows its own last good version. Tried twice it goes back once: it "
        "says in the ledger what it is about to do, before any traffic moves, and a second try finishes that. A run of "
        "a workflow goes back once. Where an earlier attempt may have gone back and nothing says so, it wants "
        "--from-version. A registry that could not be told, from a machine that goes away, ends with exit code 3.",
        extras=("registry", "serving", "environments"),
        options=(
            _environment("production"),
            REASON,
            Option("from_version", "Version to leave; when it does not serve, nothing is touched."),
        ),
        inconclusive=errors.OUTSIDE,
    ),
    Verb(
        "reconcile",
        "Finish or undo what an interrupted run left behind.",
        "Afterwards every environment is all old or all new, and registry, ledger and target agree. One that another "
        "run is busy with is left alone, and that is said; what this run itself left is ended at once.",
        extras=("registry", "serving", "environments"),
        options=(Option("environment", "Environment of the configuration; all of them when left out."),),
    ),
    Verb(
        "stop",
        "End what an environment runs on its target.",
        "Registry and ledger are left as they are; `trainstop deploy` starts it again. A `local` target also ends by "
        "itself after `environments.<name>.lifetime`.",
        extras=("serving", "environments"),
        options=(Option("environment", "Environment of the configuration.", required=True),),
    ),
    Verb(
        "fetch",
        "Bring the inference log and late labels to where `monitor` looks for them.",
        "Runs `monitor.fetch` in the project's environment and tells it, in TRAINSTOP_SINCE and TRAINSTOP_UNTIL, which "
        "stretch `monitor` will look at. Without that key there is nothing to fetch.",
        line="watch",
        extras=("environments",),
        options=(
            Option("environment", "Environment of the configuration; `monitor.environment` when left out."),
            Option("as_of", "Look back from this time (ISO 8601) instead of from now; by the data's own clock."),
        ),
    ),
    Verb(
        "monitor",
        "Look at what production was asked and answered: quality, drift, performance, service.",
        "Judges windows of the inference log against the ordinary life of the data, and labels by intervals. Exits 0 "
        "when it found something: `alert` opens the issue.",
        line="watch",
        extras=("registry", "evaluation"),
        options=(
            Option("environment", "Environment of the configuration; `monitor.environment` when left out."),
            Option("as_of", "Look back from this time (ISO 8601) instead of from now; by the data's own clock."),
            Option(
                "as_fetched",
                "Watch the champion that `baseline` fetched, without asking the registry: for a job without its "
                "credential.",
                kind=bool,
                default=False,
            ),
        ),
    ),
    Verb(
        "alert",
        "Open, update and close the issue of each incident, and say which reaction is due.",
        "One incident, one issue. Without GitHub it goes to `.trainstop/outbox/`.",
        line="watch",
        forge=True,
    ),
    Verb(
        "react",
        "Start the workflow of the reaction that `alert` found due, once.",
        "Starts it by workflow_dispatch with the input `reason`, and a rollback also with `environment` and "
        "`from-version`, the version that was seen failing; with `run-name: ${{ inputs.reason }}` in that "
        "workflow its runs are told apart by it. Without GitHub the start is noted in `.trainstop/outbox/`.",
        line="watch",
        options=(
            Option("retrain_workflow", "File of the workflow that retrains, below `.github/workflows`."),
            Option("rollback_workflow", "File of the workflow that rolls back."),
            Option("ref", "Branch or tag it runs on; the default branch when left out."),
        ),
        forge=True,
    ),
    Verb(
        "pack",
        "Copy the records, and a model or a log with them, to a folder that travels to the next job.",
        "The folder holds a manifest, whose digest is printed and set as an output: it travels beside the pack, as an "
        "output of the job, and `unpack` refuses a pack that is not what it says. `champion` is what `baseline` "
        "fetched, `version` what `register` registered, so that a job can run it without a credential.",
        options=(
            Option(
                "content",
                "What travels with the records.",
                default="records",
                choices=("records", "candidate", "champion", "numbers", "version", "log"),
            ),
            Option("to", "Folder to write; an earlier pack in it gives way.", required=True),
            Option("environment", "Environment whose inference log travels (`--content log`).", default="production"),
            Option(
                "predictions",
                "Let the model's predictions travel too. They are rows of your evaluation data.",
                kind=bool,
                default=False,
            ),
        ),
    ),
    Verb(
        "unpack",
        "Take over what another job packed, all of it as its digest says, or nothing.",
        "Refuses a file that is changed, added, missing or a link, and a record that is not what its stage writes.",
        options=(
            Option("from_", "Folder of the pack.", required=True),
            Option("digest", "What `pack` said: its output `digest`.", required=True),
        ),
    ),
    Verb(
        "receive",
        "Take over what a pull request's own run says of itself, in a job that may comment and runs none of it.",
        "For a workflow that starts when a check of a pull request from a fork or by Dependabot has ended. Asks GitHub "
        "which pull request it was about, and takes the run's one small file; `report` then writes the comment. "
        "Whatever is not as it should be (the branch moved on, the file is none of ours) is skipped with a notice.",
        options=(
            Option("workflow", "File of the workflow that checks, below `.github/workflows`.", required=True),
            Option("name", "The `name` that `ci.yml` was given.", default="trainstop"),
        ),
        forge=True,
    ),
    Verb(
        "status",
        "Show what is deployed where, and which version each alias points to.",
        "Reads the registry and every environment's target.",
        extras=("registry", "serving"),
    ),
    Verb(
        "history",
        "Show the ledger: what was done to which environment, when, by whom and why.",
        "Reads the ledger from the registry.",
        extras=("registry",),
    ),
    Verb(
        "explain",
        "Say in words why each gate decided as it did, and what would change it.",
        "Reads the records alone and computes nothing anew: what was measured, what it rests on, the rule that led to "
        "the word, how far it is from another one, and how the interval was made. GATE is a metric or a check; all of "
        "them when left out.",
        options=(
            Option("gate", "A metric or a check; all of them when left out.", argument=True),
            Option(
                "stage",
                "The stage that judged; `evaluate` and `model-test`, those that ran, when left out.",
                choices=EXPLAINED,
            ),
        ),
    ),
)

BY_NAME = {verb.name: verb for verb in VERBS}

LINE: tuple[tuple[str, str], ...] = (
    ("lint", ""),
    ("test", ""),
    ("train", ""),
    ("baseline", ""),
    ("evaluate", ""),
    ("model-test", ""),
    ("report", ""),
    ("register", ""),
    ("integration-test", ""),
    ("deploy", "staging"),
    ("staging-test", ""),
    ("deploy", "production"),
    ("promote", ""),
)
"""The stages of `trainstop run`, in order, each with its subject."""
