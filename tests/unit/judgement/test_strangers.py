"""A champion's labels that are no classes of today's."""

import numpy as np

from trainstop.judgement import answers, strangers
from trainstop.judgement.samples import Sample

TRUTH = ["a"] * 40 + ["b"] * 40 + ["c"] * 40


def sample(said: list[str], truth: list[str] | None = None, scored: tuple[str, ...] = ()) -> Sample:
    def labels(values: list[str]) -> answers.Labels:
        names = sorted(set(values))
        return np.array([names.index(value) for value in values]), names

    target = truth or TRUTH
    scores = np.full((len(target), len(scored)), 1 / len(scored)) if scored else None
    return answers.multiclass(labels(target), prediction=labels(said), scores=scores, score_classes=scored)


CANDIDATE = sample(TRUTH)


def renamed(old: str, new: str) -> list[str]:
    return [new if label == old else label for label in TRUTH]


def test_a_champion_of_today_s_classes_is_compared_without_a_word() -> None:
    assert strangers.reason(CANDIDATE, CANDIDATE) == strangers.note(CANDIDATE, CANDIDATE) == ""


def test_a_champion_of_other_labels_throughout_is_not_compared() -> None:
    champion = sample([{"a": "0", "b": "1", "c": "2"}[label] for label in TRUTH])
    assert "to 120 of 120 rows it says `0`, `1`, `2`" in strangers.reason(champion, CANDIDATE)


def test_a_class_that_is_only_spelled_otherwise_is_known_however_badly_it_is_predicted() -> None:
    said = ["a"] * 119 + ["C "]
    assert strangers.reason(sample(said), CANDIDATE) == "what it calls `C ` seems to be `c` now"


def test_a_class_that_is_renamed_is_known_by_the_rows_it_is_said_to() -> None:
    champion = sample(renamed("c", "other"))
    assert strangers.reason(champion, CANDIDATE) == "what it calls `other` seems to be `c` now"


def test_a_class_that_was_dropped_is_told_and_compared() -> None:
    champion = sample([*TRUTH[:-5], *["dropped"] * 5])
    assert strangers.reason(champion, CANDIDATE) == ""
    assert "to 5 of 120 rows the champion says `dropped`" in strangers.note(champion, CANDIDATE)


def test_a_class_that_was_dropped_while_another_came_is_not_taken_for_it() -> None:
    truth = [*TRUTH, *["new"] * 30]
    said = ["dropped" if row % 40 == 0 else label for row, label in enumerate(TRUTH)] + ["a"] * 29 + ["dropped"]
    assert strangers.reason(sample(said, truth), sample(truth, truth)) == ""


def test_a_class_that_the_candidate_knows_is_one_of_today_s_though_it_is_true_nowhere() -> None:
    rare = sample(TRUTH, scored=("a", "b", "c", "rare"))
    champion = sample(["rare", *TRUTH[1:]])
    assert strangers.note(champion, CANDIDATE)
    assert strangers.note(champion, rare) == ""


def test_other_tasks_have_no_strangers() -> None:
    numbers = answers.regression(np.zeros(3), np.ones(3))
    assert strangers.reason(numbers, numbers) == strangers.note(numbers, numbers) == ""
