"""From signals to incidents; and what the budget comes to."""

from trainstop.records.watching import Signal
from trainstop.watching.budget import STRETCHES, Budget
from trainstop.watching.incidents import incidents, kind_of


def keys(*signals: tuple[str, str]) -> list[tuple[str, str]]:
    made = [Signal.model_validate({"name": name, "level": level}) for name, level in signals]
    return [(each.key, each.level) for each in incidents(made, model="m", environment="production")]


def test_signals_of_one_kind_are_one_incident() -> None:
    assert keys(("quality:a", "act"), ("quality:b", "look"), ("quality:c", "act")) == [("quality", "act")]


def test_features_and_volume_open_no_incident_by_themselves() -> None:
    assert keys(("feature:a", "look"), ("volume", "look"), ("quality:a", "look"), ("service:latency", "look")) == []


def test_changed_answers_are_an_incident_to_look_at() -> None:
    assert keys(("prediction", "look"), ("feature:a", "look")) == [("prediction", "look")]


def test_no_data_is_no_incident() -> None:
    assert keys(("performance:auc", "not enough data"), ("prediction", "quiet")) == []


def test_a_column_with_a_colon_keeps_its_kind() -> None:
    kind = kind_of(Signal(name="quality:a:b", level="act"))
    assert kind is not None
    assert kind.key == "quality"


def test_the_budget_is_never_more_than_was_allowed() -> None:
    split = Budget(total=0.05, drift_columns=21, metrics=2, shares=61, windows_a_year=52)
    spent = split.per_column * 21 + split.per_metric_look * 2 * STRETCHES * 52 + split.per_share_look * 61 * 365
    assert abs(spent - 0.05) < 1e-12
    assert "5.0% of uneventful years" in split.words()


def test_what_is_not_watched_spends_nothing() -> None:
    assert Budget(total=0.05, drift_columns=1, metrics=0, shares=0, windows_a_year=52).fixed == 0
