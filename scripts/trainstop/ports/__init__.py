"""What a stage may touch, as small Protocols. Adapters fulfil them; tests hand in their own."""

from collections.abc import Mapping
from typing import Protocol

from trainstop.ports.clock import Clock
from trainstop.ports.endpoints import EndpointClient
from trainstop.ports.environments import Environments
from trainstop.ports.forge import Forge
from trainstop.ports.inbox import Inbox
from trainstop.ports.linters import Linter
from trainstop.ports.own_metrics import OwnMetrics
from trainstop.ports.probing import Prober
from trainstop.ports.processes import Processes
from trainstop.ports.progress import Progress
from trainstop.ports.registry import Registry
from trainstop.ports.scoring import Scorer
from trainstop.ports.serving import ModelServers
from trainstop.ports.targets import Target


class Ports(Protocol):
    """Everything outside a stage. Each is made when first asked for, so that a stage pays only for what it touches."""

    @property
    def clock(self) -> Clock:
        """Time."""

    @property
    def progress(self) -> Progress:
        """Words for a waiting person."""

    @property
    def processes(self) -> Processes:
        """Child processes."""

    @property
    def environments(self) -> Environments:
        """Python environments of the project and of models."""

    @property
    def linters(self) -> Mapping[str, Linter]:
        """Tools that check the project's code, by name."""

    @property
    def scorer(self) -> Scorer:
        """A model asked for predictions, in its own environment."""

    @property
    def own_metrics(self) -> OwnMetrics:
        """Metrics of the project's own, in its environment."""

    @property
    def prober(self) -> Prober:
        """A model examined, in its own environment."""

    @property
    def servers(self) -> ModelServers:
        """A model served for the length of a test."""

    @property
    def endpoints(self) -> EndpointClient:
        """HTTP to a served model."""

    @property
    def registry(self) -> Registry:
        """Versions, aliases and the ledger."""

    @property
    def forge(self) -> Forge:
        """Comments and issues."""

    @property
    def inbox(self) -> Inbox:
        """What a run that may not comment left for this one."""

    def target(self, environment: str, *, within: float | None = None) -> Target:
        """Return the deployment target of an environment of the configuration.

        One that only a question is asked of may be given so many seconds for an answer, where its section gives more;
        such a question keeps nothing alive that would end by itself.

        Raises:
            ConfigurationError: there is no such environment, or its target is of another machine.
            NoCredentialError: it is only to be asked, and a secret that its section names is not there.

        """


__all__ = [
    "Clock",
    "EndpointClient",
    "Environments",
    "Forge",
    "Inbox",
    "Linter",
    "ModelServers",
    "OwnMetrics",
    "Ports",
    "Prober",
    "Processes",
    "Progress",
    "Registry",
    "Scorer",
    "Target",
]
