"""How long a command takes that computes nothing, beside bare Python and beside importing MLflow."""

from benchmarks.measuring import PYTHON, TRAINSTOP, Goal, Report, command, in_turn

ROUNDS = 15
STAGES = ("report", "alert", "lint")
"""Stages that compute nothing: each is imported with everything it needs."""


def run(report: Report) -> None:
    """Measure whole processes, each from before its start to its end, with compiled modules on disk."""
    quick = in_turn(
        ROUNDS,
        {
            "python -c pass": command([PYTHON, "-c", "pass"]),
            "trainstop --help": command([TRAINSTOP, "--help"]),
            "trainstop --version": command([TRAINSTOP, "--version"]),
            "trainstop evaluate --oops": command([TRAINSTOP, "evaluate", "--oops"], expect=2),
        },
    )
    for times in quick.values():
        report.say(times)
    bare = quick["python -c pass"].median
    for name in list(quick)[1:]:
        report.hold(Goal(f"{name} against python -c pass", quick[name].median / bare, 5))
    imports = in_turn(
        5,
        {
            "import mlflow": command([PYTHON, "-c", "import mlflow"]),
            **{
                f"import the stage {stage}": command(
                    [PYTHON, "-c", f"import trainstop.cli, trainstop.wiring, trainstop.stages.{stage}"]
                )
                for stage in STAGES
            },
        },
    )
    for times in imports.values():
        report.say(times)
    for stage in STAGES:
        ratio = imports[f"import the stage {stage}"].median / imports["import mlflow"].median
        report.hold(Goal(f"import the stage {stage} against import mlflow", ratio, 1 / 5))
