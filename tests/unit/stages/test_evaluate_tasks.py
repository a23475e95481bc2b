"""`evaluate` of rankings, of forecasts, and with metrics of the project's own: from a table to checks."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.unit.stages.test_evaluate import FakePorts, Here, answers, check

from trainstop.errors import ConfigurationError, InputError
from trainstop.ports.own_metrics import OwnMetricRequest, OwnMetricValues
from trainstop.records import CheckStatus
from trainstop.records.judging import EvaluatePart, MetricResult


@dataclass
class Calling:
    """Computes a Python function instead of asking the project's environment."""

    function: Any
    asked: list[OwnMetricRequest] = field(default_factory=list)

    def measure(self, request: OwnMetricRequest) -> tuple[OwnMetricValues, OwnMetricValues | None]:
        self.asked.append(request)
        champion = self._of(request, request.champion) if request.champion is not None else None
        return self._of(request, request.candidate), champion

    def _of(self, request: OwnMetricRequest, table: Any) -> OwnMetricValues:
        groups = request.groups
        without = () if groups is None else tuple(range(int(groups.max()) + 1))
        return OwnMetricValues(
            value=self.function(table),
            without=tuple(self.function(table.filter(pa.array(groups != each))) for each in without),
        )


@dataclass
class Ports(FakePorts):
    own_metrics: Any = None


def ranking(*, noise: float = 1.0, seed: int = 1, queries: int = 200) -> dict[str, Any]:
    """Six rows a query; rows and relevance never change."""
    relevance = np.random.default_rng(0).integers(0, 4, queries * 6)
    score = relevance + noise * np.random.default_rng(seed).normal(size=len(relevance))
    search = [f"s{row // 6}" for row in range(len(relevance))]
    return {"row_id": list(range(len(relevance))), "target": relevance, "score": score, "search": search}


def forecast(*, noise: float = 1.0, seed: int = 1, rows: int = 600) -> dict[str, Any]:
    """Quantiles around a number; the number never changes."""
    target = np.random.default_rng(0).normal(size=rows)
    middle = target + noise * np.random.default_rng(seed).normal(size=rows)
    quantiles = {f"q_{level}": middle + step for level, step in ((0.1, -1.3), (0.5, 0.0), (0.9, 1.3))}
    return {"row_id": list(range(rows)), "target": target, **quantiles}


def ranks(root: Path, **sections: Any) -> Here:
    given = {"model": {"name": "s", "task": "ranking"}, "data": {"evaluation": ["data/*.csv"], "query": "search"}}
    return Here(root, **(given | sections))


def forecasts(root: Path, **sections: Any) -> Here:
    return Here(
        root, **({"model": {"name": "f", "task": "forecast"}, "data": {"evaluation": ["data/*.csv"]}} | sections)
    )


def metric(part: EvaluatePart | None, name: str) -> MetricResult:
    assert part is not None
    return next(each for each in part.metrics if each.name == name)


@pytest.mark.parametrize(("noise", "status"), [(1.0, CheckStatus.PASSED), (4.0, CheckStatus.FAILED)])
def test_a_ranking_is_judged_by_its_queries_beside_the_champion(
    tmp_path: Path, noise: float, status: CheckStatus
) -> None:
    here = ranks(tmp_path, gates={"ndcg": {"tolerance": 0.02}})
    here.candidate(ranking(noise=noise))
    champion = ranking(seed=2)
    here.champion({name: champion[name][::-1] for name in champion})
    result = here.run()
    assert check(result, "ndcg vs champion").status is status
    assert result.part is not None
    assert (result.part.cluster, result.part.clusters) == ("search", 200)
    assert "200 clusters of `search`" in metric(result.part, "ndcg").method


def test_queries_without_anything_to_rank_are_counted(tmp_path: Path) -> None:
    here, table = ranks(tmp_path), ranking()
    table["target"][:60] = 0
    here.candidate(table)
    part = here.run().part
    assert part is not None
    assert any("10 of 200 queries say nothing" in note for note in part.notes)


def test_a_query_that_lies_in_two_clusters_is_said(tmp_path: Path) -> None:
    here = ranks(tmp_path, data={"evaluation": ["data/*.csv"], "query": "search", "cluster": "day"})
    here.candidate(ranking() | {"day": [f"d{(row + 3) // 60}" for row in range(1200)]})
    part = here.run().part
    assert part is not None
    assert any(note.startswith("20 queries lie in more than one cluster of `day`") for note in part.notes)


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("target", -1, "1200 of 1200 rows have a relevance below 0"),
        ("search", None, "1200 of 1200 rows have no `search`"),
    ],
)
def test_rows_that_cannot_be_ranked_are_refused(tmp_path: Path, column: str, value: Any, what: str) -> None:
    here = ranks(tmp_path)
    here.candidate(ranking() | {column: pa.array([value] * 1200, pa.int64())})
    with pytest.raises(InputError, match=what):
        here.run()


def test_a_ranking_that_names_no_query_is_refused(tmp_path: Path) -> None:
    here = ranks(tmp_path, data={"evaluation": ["data/*.csv"]})
    with pytest.raises(ConfigurationError, match="judged by its queries"):
        here.run()


@pytest.mark.parametrize(("noise", "status"), [(1.0, CheckStatus.PASSED), (3.0, CheckStatus.FAILED)])
def test_a_forecast_is_judged_by_its_quantiles_beside_the_champion(
    tmp_path: Path, noise: float, status: CheckStatus
) -> None:
    here = forecasts(tmp_path, gates={"pinball": {"tolerance": 0.05}})
    here.candidate(forecast(noise=noise))
    here.champion(forecast(seed=2))
    result = here.run()
    assert check(result, "pinball vs champion").status is status
    assert metric(result.part, "coverage").candidate.interval is not None


def test_a_champion_with_other_quantiles_is_not_compared_unless_those_of_both_are_named(tmp_path: Path) -> None:
    here = forecasts(tmp_path, gates={"pinball": {"tolerance": 0.05}})
    other = forecast()
    other["q_0.25"] = other.pop("q_0.1")
    here.candidate(forecast())
    here.champion(other)
    found = metric(here.run().part, "pinball").comparison
    assert found is not None
    assert (found.difference, found.word) == (None, None)
    assert found.reason.startswith(
        "the champion gives other quantiles (q_0.25, q_0.5, q_0.9) than the candidate (q_0.1, q_0.5, q_0.9)"
    )
    here.sections["evaluate"] = {"quantiles": [0.5, 0.9]}
    both = metric(here.run().part, "pinball").comparison
    assert both is not None
    assert both.interval is not None


def test_quantiles_that_cross_fail_with_their_number(tmp_path: Path) -> None:
    here, table = forecasts(tmp_path), forecast()
    table["q_0.1"][:7] += 9
    here.candidate(table)
    assert check(here.run(), "answers").reason == "7 of 600 rows have quantiles that cross"


def test_a_quantile_that_is_configured_and_missing_is_refused(tmp_path: Path) -> None:
    here = forecasts(tmp_path, evaluate={"quantiles": [0.1, 0.75]})
    here.candidate(forecast())
    with pytest.raises(InputError, match=r"no column `q_0\.75`"):
        here.run()


def with_own(root: Path, function: Any, **sections: Any) -> Here:
    """A binary model, with the metric `cost` and a gate on it."""
    gates = {"cost": {"max": 0.5, "tolerance": 0.05}}
    here = Here(root, metrics={"cost": {"function": "a:b", "greater-is-better": False}}, gates=gates, **sections)
    here.ports = Ports(here.ports.scorer, own_metrics=Calling(function))
    return here


def brier(table: Any) -> float:
    return float(np.mean((table["score"].to_numpy() - table["target"].to_numpy(zero_copy_only=False)) ** 2))


@pytest.mark.parametrize(("noise", "status"), [(0.5, CheckStatus.PASSED), (4.0, CheckStatus.FAILED)])
def test_a_metric_of_the_project_s_own_is_gated_like_ours(tmp_path: Path, noise: float, status: CheckStatus) -> None:
    here = with_own(tmp_path, brier)
    here.candidate(answers(noise=noise))
    here.champion(answers(seed=2))
    result = here.run()
    assert check(result, "cost vs champion").status is status
    own, ours = metric(result.part, "cost"), metric(result.part, "brier")
    assert own.candidate.value == pytest.approx(ours.candidate.value)
    assert own.champion is not None
    assert ours.champion is not None
    assert own.champion.value == pytest.approx(ours.champion.value)
    assert own.candidate.interval == pytest.approx(ours.candidate.interval, abs=0.01)
    assert "delete-a-group jackknife over 31 clusters of `day`" in own.method


def test_the_champion_s_table_has_the_candidate_s_rows_in_the_same_order(tmp_path: Path) -> None:
    here, champion = with_own(tmp_path, brier), answers(seed=2)
    here.champion({name: champion[name][::-1] for name in ("row_id", "target", "score")})
    here.run()
    asked = here.ports.own_metrics.asked[0]  # type: ignore[attr-defined]
    assert asked.champion["row_id"].to_pylist() == asked.candidate["row_id"].to_pylist()
    assert asked.champion["day"].to_pylist() == asked.candidate["day"].to_pylist()
    assert asked.champion["score"].to_pylist() == pytest.approx(champion["score"].tolist())


def test_a_nan_of_the_project_s_own_metric_fails_its_gate(tmp_path: Path) -> None:
    result = with_own(tmp_path, lambda table: float("nan")).run()
    assert check(result, "cost").status is CheckStatus.FAILED
    assert "the function returned nan; no data is never a pass" in check(result, "cost").reason


def test_a_metric_of_the_project_s_own_may_not_take_a_name_of_ours(tmp_path: Path) -> None:
    here = Here(tmp_path, metrics={"auc": {"function": "a:b"}})
    with pytest.raises(ConfigurationError, match="'auc' is a metric of trainstop's"):
        here.run()


def test_a_metrics_file_leaves_the_project_s_own_metrics_out_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text('{"auc": 0.8}')
    here = Here(tmp_path, metrics={"cost": {"function": "a:b"}}, evaluate={"metrics-file": "metrics.json"})
    part = here.run().part
    assert part is not None
    assert "`cost` of `metrics` needs a predictions table to be computed of" in part.notes
