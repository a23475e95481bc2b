"""`alert`: the life of an issue, told by the outbox."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.fakes.watched import FixedClock

from trainstop.adapters.outbox import OutboxForge
from trainstop.config import Config
from trainstop.errors import InputError
from trainstop.job import Job
from trainstop.records import Provenance, Record, Results, Status
from trainstop.records.watching import AlertPart, MonitorPart, Signal
from trainstop.stages import alert
from trainstop.watching.incidents import incidents
from trainstop.watching.issues import marker
from trainstop.workspace import Workspace

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
WEEK = timedelta(days=7)
FELL = Signal(name="performance:auc", level="act", value=0.7, limit=0.8, interval=(0.68, 0.72), reason="0.1 worse")
FINE = FELL.model_copy(update={"level": "quiet", "value": 0.85})
BLIND = Signal(name="performance:auc", level="not enough data", reason="no labels yet")
FAILING = Signal(name="service", level="act", value=0.2, limit=0.01, reason="20 of 100 requests failed")
LOOK = Signal(name="feature:x", level="look", value=0.3, limit=0.2, windows=(None, 0.3), reason="far")


class Place:
    """A project whose looks are written by hand."""

    def __init__(self, root: Path, **settings: Any) -> None:
        self.root = root
        self.settings = settings
        self.forge = OutboxForge(Workspace(root).outbox, FixedClock())

    def job(self) -> Job:
        config = Config.model_validate({"model": {"name": "delays", "task": "binary"}, "alert": self.settings})
        workspace = Workspace(self.root)
        ports: Any = SimpleNamespace(clock=FixedClock(), forge=self.forge)
        return Job(config, workspace, Results(workspace.results), ports, Provenance(repository="r"))

    def look(self, week: int, *signals: Signal) -> AlertPart:
        """Write what a look saw, and return what became of it."""
        part = MonitorPart(
            environment="production",
            model_version=3,
            as_of=MONDAY + week * WEEK,
            rows=100,
            signals=signals,
            incidents=incidents(signals, model="delays", environment="production"),
        )
        record = Record[MonitorPart](
            status=Status.PASSED,
            part=part,
            stage="monitor",
            trainstop="1",
            provenance=Provenance(repository="r"),
            started_at=MONDAY,
            duration_seconds=1,
        )
        Results(Workspace(self.root).results).write(record)
        return self.again()

    def again(self) -> AlertPart:
        found = alert.run(self.job()).part
        assert found is not None
        return found

    def issue(self, key: str = "performance") -> Any:
        return self.forge.issue(marker("delays", "production", key))


@pytest.fixture
def here(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_an_incident_opens_one_issue(here: Place) -> None:
    part = here.look(0, FELL, LOOK)
    issue = here.issue()
    assert (part.opened, part.updated) == ((1,), ())
    assert (issue.state, issue.labels) == ("open", ("trainstop",))
    assert issue.title == "delays in production: the model performs worse than when it was judged"
    assert "`performance:auc`" in issue.body
    assert "`feature:x`: far" in issue.body


def test_a_quiet_look_opens_nothing(here: Place) -> None:
    assert here.look(0, FINE, LOOK) == AlertPart()
    assert here.issue() is None


def test_the_same_look_twice_changes_nothing(here: Place) -> None:
    here.look(0, FELL)
    before = here.issue()
    assert here.again().opened == ()
    assert here.issue() == before


def test_an_incident_that_goes_on_is_updated_without_a_comment(here: Place) -> None:
    here.look(0, FELL)
    part = here.look(1, FELL.model_copy(update={"value": 0.6}))
    assert (part.opened, part.updated, here.issue().comments) == ((), (1,), ())
    assert "0.6" in here.issue().body


def test_another_signal_of_the_kind_is_news(here: Place) -> None:
    here.look(0, FELL)
    here.look(1, FELL, FELL.model_copy(update={"name": "performance:log_loss"}))
    assert here.issue().comments == ("other signals raise it now.",)


def test_an_incident_that_is_over_is_closed(here: Place) -> None:
    here.look(0, FELL)
    part = here.look(1, FINE)
    assert (part.closed, here.issue().state) == ((1,), "closed")
    assert "**Over.**" in here.issue().body


def test_so_many_quiet_looks_in_a_row_close_it(tmp_path: Path) -> None:
    here = Place(tmp_path, **{"close-after": 2})
    here.look(0, FELL)
    assert here.look(1, FINE).closed == ()
    assert here.again().closed == ()
    assert here.look(2, FELL).updated == (1,)
    assert here.look(3, FINE).closed == ()
    assert here.look(4, FINE).closed == (1,)


def test_a_look_without_data_is_not_quiet(here: Place) -> None:
    here.look(0, FELL)
    part = here.look(1, BLIND)
    assert (part.closed, here.issue().state) == ((), "open")


NEVER = Signal(name="performance:log_loss", level="not enough data", reason="the scores are not probabilities")


def test_a_metric_that_can_never_be_measured_keeps_no_issue_open(here: Place) -> None:
    here.look(0, FELL, NEVER)
    assert here.look(1, FINE, NEVER).closed == (1,)


def test_a_signal_that_raised_an_issue_and_can_no_longer_be_measured_keeps_it_open(here: Place) -> None:
    loss = FELL.model_copy(update={"name": "performance:log_loss"})
    here.look(0, FELL, loss)
    assert here.look(1, BLIND, loss).closed == ()
    assert here.look(2, BLIND, loss.model_copy(update={"level": "quiet"})).closed == ()
    assert here.look(3, FINE, loss.model_copy(update={"level": "quiet"})).closed == (1,)


def test_broken_data_is_over_once_no_column_is_named(here: Place) -> None:
    here.look(0, Signal(name="quality:x", level="act", reason="the column is missing from the requests"))
    assert here.look(1, Signal(name="quality", level="not enough data", reason="3 rows")).closed == ()
    assert here.look(2, Signal(name="quality", level="quiet")).closed == (1,)


def test_an_incident_that_returns_reopens_its_issue(here: Place) -> None:
    here.look(0, FELL)
    here.look(1, FINE)
    part = here.look(2, FELL)
    assert (part.opened, part.reopened) == ((), (1,))
    assert here.issue().state == "open"
    assert here.issue().comments[-1] == "it is back."


def test_an_issue_that_a_person_closed_stays_closed_for_a_while(here: Place) -> None:
    here.look(0, FELL)
    here.forge.close_issue(1)
    later = FELL.model_copy(update={"value": 0.5})
    part = here.look(0, later)
    assert (part.reopened, here.issue().state) == ((), "closed")
    part = here.look(1, later)
    assert (part.reopened, here.issue().state) == ((1,), "open")


def test_an_issue_whose_memory_a_person_removed_is_taken_up_again(here: Place) -> None:
    here.look(0, FELL)
    here.forge.update_issue(1, "rewritten by hand")
    assert here.look(1, FELL).updated == (1,)
    assert "trainstop:memory" in here.issue().body


def test_each_kind_of_trouble_has_its_own_issue(here: Place) -> None:
    assert here.look(0, FELL, FAILING).opened == (1, 2)
    assert here.look(1, FELL, FAILING.model_copy(update={"level": "quiet"})).closed == (2,)
    assert here.issue().state == "open"


def test_an_act_asks_for_the_reaction_and_the_same_look_asks_again(tmp_path: Path) -> None:
    here = Place(tmp_path, reaction="retrain")
    part = here.look(0, FELL)
    assert (part.reaction, "performs worse" in part.reason) == ("retrain", True)
    assert here.again().reaction == "retrain"
    assert "retrain was asked for" in here.issue().body


def test_until_the_cool_down_is_over_the_same_occasion_is_asked_for_again(tmp_path: Path) -> None:
    here = Place(tmp_path, reaction="retrain", cooldown="14d")
    first = here.look(0, FELL)
    part = here.look(1, FELL)
    assert (part.reaction, "for another look not again before" in part.reason) == ("retrain", True)
    assert (part.as_of, part.incident, part.environment) == (first.as_of, first.incident, first.environment)
    later = here.look(2, FELL)
    assert later.reaction == "retrain"
    assert later.as_of != first.as_of


def test_the_cool_down_outlives_the_issue(tmp_path: Path) -> None:
    here = Place(tmp_path, reaction="retrain", cooldown="28d")
    first = here.look(0, FELL)
    here.look(1, FINE)
    assert here.look(2, FELL).as_of == first.as_of
    assert here.look(4, FELL).as_of != first.as_of


def test_the_cool_down_holds_for_other_kinds_of_trouble_too(tmp_path: Path) -> None:
    here = Place(tmp_path, reaction="rollback", cooldown="28d")
    part = here.look(0, FELL)
    assert (part.reaction, part.model_version) == ("rollback", 3)
    assert here.look(1, FINE, FAILING).reaction == "none"


@pytest.mark.parametrize(("reaction", "expected"), [("retrain", "none"), ("rollback", "rollback"), ("none", "none")])
def test_failing_requests_are_no_reason_to_retrain(tmp_path: Path, reaction: str, expected: str) -> None:
    assert Place(tmp_path, reaction=reaction).look(0, FAILING).reaction == expected


def test_a_look_that_only_says_look_asks_for_no_reaction(tmp_path: Path) -> None:
    here = Place(tmp_path, reaction="retrain")
    part = here.look(0, LOOK.model_copy(update={"name": "prediction"}))
    assert (part.opened, part.reaction) == ((1,), "none")


def test_foreign_names_cannot_act_in_an_issue(here: Place) -> None:
    odd = Signal(name="quality:<img src=x> @everyone --> |", level="act", reason="fixes #1 --> <b> @everyone")
    here.look(0, odd)
    outside = re.sub(r"`[^`]*`", "", here.issue("quality").body)
    assert not re.search(r"<img|<b>|@everyone|#1", outside)
    assert outside.count("-->") == 2
    assert here.again().updated == ()


def test_without_a_look_there_is_nothing_to_do(here: Place) -> None:
    with pytest.raises(InputError, match="`monitor` has not run"):
        alert.run(here.job())


def test_an_older_look_leaves_what_a_newer_one_said(here: Place) -> None:
    here.look(2, FELL)
    newer = here.issue().body
    assert here.look(1, FELL.model_copy(update={"reason": "older words"})).updated == ()
    assert here.look(1, FINE).updated == ()
    assert here.issue().body == newer


def test_an_older_look_asks_for_no_reaction(tmp_path: Path) -> None:
    here = Place(tmp_path, reaction="retrain")
    here.look(2, LOOK)
    here.look(3, FELL)
    assert here.look(2, FELL).reaction == "none"


def test_an_issue_that_another_job_opened_meanwhile_gets_our_words(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.look(1, FELL)
    with monkeypatch.context() as patch:
        patch.setattr(here.forge, "issue", lambda marker: None)
        here.look(2, FELL.model_copy(update={"reason": "newest words"}))
    assert "newest words" in here.issue().body
