"""Judging a candidate beside the champion, beside scikit-learn, `scipy.stats.bootstrap` and a closed-form floor."""

import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import ROOT, Goal, Report, Times, clean, in_turn
from trainstop.judgement.methods import Method
from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.samples import Sample
from trainstop.judgement.segments import slice_points
from trainstop.judgement.verdicts import Pair, Rules, judge

NAMES = ("accuracy", "f1", "auc", "log_loss")
METRICS = [BY_TASK["binary"][name] for name in NAMES]
RESAMPLES = 1000
ROUNDS = 3
SCIPY_RESAMPLES = 3
"""What `scipy.stats.bootstrap` and the loop are really asked for; their time is scaled up to all resamples."""
SLICES = 20
LARGEST = 10_000_000
MEMORY = 260
"""Bytes a row that judging may hold at most, the two models' answers included (they are 43)."""

Floats = NDArray[np.float64]


def run(report: Report) -> None:
    """Judge 100 thousand and a million rows, tied scores, every way in turn; then ten million rows once."""
    for rows in (100_000, 1_000_000):
        pair = made(rows)
        report.say(f"{rows:,} rows, {RESAMPLES:,} resamples, {len(METRICS)} metrics, scores in steps of 0.001")
        ways: dict[str, Callable[[], float]] = {
            "floor: DeLong and the delta method": partial(timed, floor, pair),
            "closed form": partial(timed, ours, pair, "closed-form"),
            "default": partial(timed, ours, pair, "auto"),
            "every row drawn": partial(timed, ours, pair, "rows"),
        }
        found = in_turn(ROUNDS, ways)
        base = found["floor: DeLong and the delta method"].median
        for times in found.values():
            report.say(f"{times}   {times.median / base:6.2f}x")
        scipy = scaled("scipy.stats.bootstrap", scipy_bootstrap, pair)
        for times in (
            scipy,
            scaled("scikit-learn in a loop", loop, pair),
            scaled("vectorised numpy", reweighted, pair),
        ):
            report.say(f"{times}   {times.median / base:6.0f}x   ({SCIPY_RESAMPLES} of {RESAMPLES} resamples, scaled)")
        if rows == 1_000_000:
            _goals(report, found, base, scipy)
            _slices(report, pair)
    _largest(report)


def _goals(report: Report, found: dict[str, Times], base: float, scipy: Times) -> None:
    """Hold what was measured at a million rows against the goals."""
    report.hold(Goal("closed form against the floor", found["closed form"].median / base, 1.5))
    report.hold(Goal("default against the floor", found["default"].median / base, 2.5))
    report.hold(Goal("default against scipy.stats.bootstrap", found["default"].median / scipy.median, 1 / 500))
    report.hold(Goal("every row drawn against the floor", found["every row drawn"].median / base, 10))
    pair = made(200_000)
    delong = floor(pair)["auc"]
    apart = abs(error_of(pair) / delong - 1)
    report.hold(Goal("error of the AUC difference apart from DeLong's", 100 * apart, 1.5, unit="%"))


def made(rows: int) -> Pair:
    """Return two models that know something of the truth, with tied scores."""
    drawn = np.random.default_rng(0)
    target = drawn.random(rows) < 0.3
    common = 1.2 * target + 0.8 * drawn.normal(size=rows)

    def sample() -> Sample:
        line = 1.2 * (common + 0.6 * drawn.normal(size=rows)) - 1.5
        score = np.round(1 / (1 + np.exp(-line)), 3)
        return Sample(task="binary", target=target, score=score, prediction=score >= 0.5, probability=True)

    return Pair(candidate=sample(), champion=sample())


def timed(work: Callable[..., object], *arguments: object) -> float:
    """Return the seconds one call takes."""
    started = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - started


def ours(pair: Pair, method: Method) -> None:
    """Judge as `evaluate` does."""
    judge(pair, METRICS, Rules(resamples=RESAMPLES, method=method))


def error_of(pair: Pair) -> float:
    """Return the half width of the default interval of the AUC difference, in normal standard errors."""
    (result,) = judge(pair, [BY_TASK["binary"]["auc"]], Rules(resamples=20_000))
    if result.comparison is None or result.comparison.interval is None:
        raise RuntimeError("no interval was made")
    lower, upper = result.comparison.interval
    return (upper - lower) / 2 / 1.96


def floor(pair: Pair) -> dict[str, float]:
    """Return the standard error of each difference by closed forms alone, in as little work as they need."""
    first, second = pair.candidate, pair.champion or pair.candidate
    target = first.target
    placed = [_placements(target, np.asarray(model.score)) for model in (first, second)]
    apart = placed[0] - placed[1]
    positive = int(target.sum())
    found = {"auc": float(np.sqrt(apart[target].var() / positive + apart[~target].var() / (len(target) - positive)))}
    losses = [_log_loss(target, np.asarray(model.score)) for model in (first, second)]
    found["log_loss"] = float((losses[0] - losses[1]).std() / np.sqrt(len(target)))
    cells = np.bincount(4 * target + 2 * np.asarray(first.prediction) + np.asarray(second.prediction), minlength=8)
    flips = cells[[1, 2, 5, 6]].sum() / len(target)
    found["accuracy"] = float(np.sqrt(flips / len(target)))
    return found


def _placements(target: NDArray[np.bool_], score: Floats) -> Floats:
    """Return DeLong's placements with midranks."""
    order = np.argsort(score)
    ordered, positive = score[order], target[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    sizes = np.diff(starts, append=len(order))
    positives = np.add.reduceat(positive, starts, dtype=np.float64)
    negatives = sizes - positives
    below = np.repeat((np.cumsum(negatives) - negatives / 2) / negatives.sum(), sizes)
    above = np.repeat((positives[::-1].cumsum()[::-1] - positives / 2) / positives.sum(), sizes)
    placed = np.empty(len(order))
    placed[order] = np.where(positive, below, above)
    return placed


def _log_loss(target: NDArray[np.bool_], score: Floats) -> Floats:
    """Return the log loss a row."""
    kept = np.clip(score, 1e-15, 1 - 1e-15)
    return np.asarray(-np.log(np.where(target, kept, 1 - kept)))


def scaled(name: str, work: Callable[[Pair], None], pair: Pair) -> Times:
    """Time a few resamples, and return what all of them would take."""
    return Times(name, (timed(work, pair) * RESAMPLES / SCIPY_RESAMPLES,))


def _differences(target: NDArray[np.bool_], *answers: NDArray[Any]) -> Floats:
    """Return the differences of the four metrics by scikit-learn."""
    from sklearn import metrics  # noqa: PLC0415  # the peers are imported where they are asked

    values = [
        (
            metrics.accuracy_score(target, prediction),
            metrics.f1_score(target, prediction),
            metrics.roc_auc_score(target, score),
            metrics.log_loss(target, score),
        )
        for score, prediction in (answers[:2], answers[2:])
    ]
    return np.asarray(np.subtract(*np.array(values)))


def _columns(pair: Pair) -> tuple[NDArray[Any], ...]:
    """Return target, and score and prediction of both."""
    other = pair.champion or pair.candidate
    held = (pair.candidate.score, pair.candidate.prediction, other.score, other.prediction)
    return (pair.candidate.target, *(np.asarray(each) for each in held))


def scipy_bootstrap(pair: Pair) -> None:
    """Ask SciPy for a paired percentile bootstrap of the four differences."""
    from scipy import stats  # noqa: PLC0415

    stats.bootstrap(
        _columns(pair), _differences, paired=True, vectorized=False, n_resamples=SCIPY_RESAMPLES, method="percentile"
    )


def loop(pair: Pair) -> None:
    """Resample rows by hand and ask scikit-learn."""
    random, columns = np.random.default_rng(0), _columns(pair)
    for _ in range(SCIPY_RESAMPLES):
        rows = random.integers(0, len(columns[0]), len(columns[0]))
        _differences(*(column[rows] for column in columns))


def reweighted(pair: Pair) -> None:
    """Sort once, and reweight the sorted rows a resample at a time."""
    random, (target, *answers) = np.random.default_rng(0), _columns(pair)
    orders = [np.argsort(answers[at]) for at in (0, 2)]
    losses = [_log_loss(target, answers[at]) for at in (0, 2)]
    for _ in range(SCIPY_RESAMPLES):
        weights = np.bincount(random.integers(0, len(target), len(target)), minlength=len(target)).astype(np.float64)
        for order, loss, prediction in zip(orders, losses, answers[1::2], strict=True):
            held, positive = weights[order], target[order]
            negatives = np.where(positive, 0.0, held)
            below = np.cumsum(negatives) - negatives / 2
            (np.where(positive, held, 0.0) * below).sum()
            weights @ loss, weights @ (prediction == target), weights @ (prediction & target)


def _slices(report: Report, pair: Pair) -> None:
    """Compute point metrics of both models in 20 slices, beside scikit-learn called for each."""
    codes = np.random.default_rng(1).integers(0, SLICES, len(pair.candidate))
    found = in_turn(
        ROUNDS,
        {
            "points of 20 slices": partial(timed, slice_points, pair, codes, SLICES, METRICS),
            "scikit-learn, slice by slice": partial(timed, _sliced, pair, codes),
        },
    )
    for times in found.values():
        report.say(times)
    ratio = found["points of 20 slices"].median / found["scikit-learn, slice by slice"].median
    report.hold(Goal("points of 20 slices against scikit-learn", ratio, 1 / 10))


def _sliced(pair: Pair, codes: NDArray[np.int64]) -> None:
    """Ask scikit-learn for the four metrics of both models, slice by slice."""
    columns = _columns(pair)
    for place in range(SLICES):
        rows = codes == place
        _differences(*(column[rows] for column in columns))


def _largest(report: Report) -> None:
    """Judge ten million rows in a process of their own, and say what it held."""
    code = (
        f"import resource, time; from benchmarks.evaluation import made, ours; pair = made({LARGEST}); "
        "started = time.perf_counter(); ours(pair, 'auto'); "
        "print(time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=clean(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-1000:])
    seconds, kilobytes = (float(each) for each in done.stdout.split())
    held = 1024 * kilobytes
    report.say(f"{LARGEST:,} rows judged in {seconds:.1f} s; the process held {held / 2**20:,.0f} MB at most")
    report.hold(Goal("memory at ten million rows", held / LARGEST, MEMORY, unit=" bytes a row"))
