"""Labels of a champion's that are no classes of today's: one was dropped, or they are called otherwise now."""

from collections.abc import Iterable

import numpy as np

from trainstop.judgement.samples import Rows, Sample

MOST = 0.5
"""Share of rows from which the champion is taken to speak of other classes altogether."""
SHOWN = 3


def reason(champion: Sample, candidate: Sample) -> str:
    """Say why the champion's labels cannot be compared with the truth: it calls the classes otherwise; empty when not.

    A class was renamed, as far as can be told, where two labels differ in nothing but case and spaces, or where the
    champion's is its usual answer to a class that it does not know, and that class the usual truth of this answer.

    Args:
        champion: its answers beside today's truth.
        candidate: the same rows; what it says and scores are classes of today's, too.

    """
    strange = _strange(champion, candidate)
    rows = _rows(champion, strange)
    if not strange:
        return ""
    if rows > MOST * len(champion):
        return (
            f"its classes are not those of the target any more: to {rows:,} of {len(champion):,} rows it says "
            f"{_listed(champion.classes[label] for label in strange)}"
        )
    known = set(_said(champion).tolist()) | set(champion.score_classes)
    new = [label for label in np.unique(champion.target).tolist() if label not in known]
    for old in strange:
        for label in new:
            if _folded(champion.classes[old]) == _folded(champion.classes[label]) or _answer_each_other(
                champion, old, label
            ):
                return f"what it calls `{champion.classes[old]}` seems to be `{champion.classes[label]}` now"
    return ""


def note(champion: Sample, candidate: Sample) -> str:
    """Say that some of the champion's labels are no classes of today's; empty when all are."""
    strange = _strange(champion, candidate)
    if not strange:
        return ""
    said = _listed(champion.classes[label] for label in strange)
    return (
        f"to {_rows(champion, strange):,} of {len(champion):,} rows the champion says {said}, which is no class of the "
        "target now; macro averages are over the classes of the candidate for both"
    )


def _strange(champion: Sample, candidate: Sample) -> list[int]:
    """Return the labels (indices into the champion's classes) that it says, and that are no classes of today's."""
    if champion.task != "multiclass":
        return []
    held = np.concatenate([candidate.target, _said(candidate), np.array(candidate.score_classes, dtype=np.intp)])
    today = {candidate.classes[label] for label in np.unique(held).tolist()}
    return [label for label in np.unique(_said(champion)).tolist() if champion.classes[label] not in today]


def _said(sample: Sample) -> Rows:
    """Return the predicted labels, without missing ones."""
    said = np.array([], dtype=np.intp) if sample.prediction is None else np.asarray(sample.prediction, dtype=np.intp)
    return said[said >= 0]


def _rows(sample: Sample, labels: list[int]) -> int:
    """Count the rows with one of these predictions."""
    return int(np.count_nonzero(np.isin(_said(sample), labels)))


def _answer_each_other(sample: Sample, said: int, true: int) -> bool:
    """Say whether a label is the most frequent answer to a class, and that class the most frequent truth of it."""
    prediction = np.asarray(sample.prediction, dtype=np.intp)
    answers = prediction[(sample.target == true) & (prediction >= 0)]
    truths = np.asarray(sample.target, dtype=np.intp)[prediction == said]
    return _usual(answers) == said and _usual(truths) == true


def _usual(labels: Rows) -> int:
    """Return the most frequent label; -1 where there is none."""
    return int(np.bincount(labels).argmax()) if len(labels) else -1


def _folded(name: str) -> str:
    """Return a label without case and outer spaces."""
    return name.strip().casefold()


def _listed(names: Iterable[str]) -> str:
    """Write some labels, and how many more there are."""
    names = list(names)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(f"`{name}`" for name in names[:SHOWN]) + more
