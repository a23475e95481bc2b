"""A forge that says what it is told, and remembers what was wanted of it."""

from dataclasses import dataclass, field

from trainstop.errors import TrainstopError
from trainstop.ports.forge import Approval, Dispatch, Dispatched, Rules


@dataclass
class FakeForge:
    """Environments, approvals and dispatches of `trainstop.ports.Forge`. As outside GitHub, unless told otherwise."""

    found: Rules | None = None
    people: tuple[Approval, ...] | None = None
    trouble: TrainstopError | None = None
    started: list[Dispatch] = field(default_factory=list)

    def rules(self, environment: str) -> Rules | None:
        return self.found

    def approvals(self) -> tuple[Approval, ...] | None:
        if self.trouble:
            raise self.trouble
        return self.people

    def dispatch(self, wanted: Dispatch) -> Dispatched:
        created = all(each.key != wanted.key for each in self.started)
        self.started.append(wanted)
        return Dispatched(created=created, address=f"run of {wanted.workflow}")
