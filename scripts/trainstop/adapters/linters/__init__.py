"""The tools that look at the project's code, by the name of their key in the configuration."""

from trainstop.adapters.linters.bandit import Bandit
from trainstop.adapters.linters.base import Bench
from trainstop.adapters.linters.pip_audit import PipAudit
from trainstop.adapters.linters.ruff import RuffCheck, RuffFormat
from trainstop.adapters.linters.secrets import DetectSecrets
from trainstop.config import Config
from trainstop.ports.linters import Linter
from trainstop.ports.processes import Processes
from trainstop.workspace import Workspace


def open_linters(config: Config, workspace: Workspace, processes: Processes) -> dict[str, Linter]:
    """Return every linter; none does anything until it is asked to look."""
    bench = Bench(config, workspace, processes)
    return {
        "style": RuffCheck(bench),
        "format": RuffFormat(bench),
        "security": Bandit(bench),
        "dependencies": PipAudit(bench),
        "secrets": DetectSecrets(bench),
    }


__all__ = ["open_linters"]
