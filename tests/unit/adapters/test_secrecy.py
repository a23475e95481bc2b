"""The door before the forge: every text through it is masked, and nothing of a forge is reached around it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from trainstop.adapters.secrecy import DiscreetForge, Secrecy
from trainstop.ports import Forge
from trainstop.ports.forge import Dispatch

SECRET = "hunter2-hunter2"
METHODS = sorted(name for name in vars(Forge) if not name.startswith("_"))
CALLS: dict[str, tuple[Any, ...]] = {
    "put_comment": ("marker", f"of {SECRET}"),
    "put_summary": (f"of {SECRET}",),
    "issue": ("marker",),
    "open_issue": ("marker", f"of {SECRET}", f"of {SECRET}", [f"of {SECRET}"]),
    "update_issue": (1, f"of {SECRET}"),
    "comment_issue": (1, "key", f"of {SECRET}"),
    "close_issue": (1,),
    "rules": ("production",),
    "approvals": (),
    "dispatch": (
        Dispatch(
            workflow="train.yml",
            key="key",
            reason=f"of {SECRET}",
            since=datetime(2026, 3, 1, tzinfo=UTC),
            inputs={"why": f"of {SECRET}"},
        ),
    ),
}


class Recorder:
    """Fulfils any port, and keeps what it was called with."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any, Any]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *given, **named: self.calls.append((name, given, named))


@pytest.mark.parametrize("method", METHODS)
def test_every_text_for_a_forge_is_masked(method: str) -> None:
    forge = Recorder()
    getattr(DiscreetForge(forge, Secrecy({SECRET})), method)(*CALLS[method])  # type: ignore[arg-type]
    ((called, given, _),) = forge.calls
    assert called == method
    assert SECRET not in repr(given)
    assert repr(given).count("of ***") == repr(CALLS[method]).count(f"of {SECRET}")


def test_nothing_of_a_forge_is_reached_around_the_masking() -> None:
    with pytest.raises(AttributeError):
        _ = DiscreetForge(Recorder(), Secrecy(())).a_method_that_is_not_written_out  # type: ignore[arg-type, attr-defined]
