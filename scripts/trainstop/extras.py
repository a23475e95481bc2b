"""The dependency groups of the package, and whether they are installed."""

import importlib.util

from trainstop import verbs
from trainstop.errors import MissingExtraError

EXTRA_PROBES = {
    "lint": "bandit",
    "environments": "uv",
    "evaluation": "duckdb",
    "registry": "mlflow",
    "serving": "aiohttp",
    "github": "github",
}
"""A module of each dependency group, to tell whether the group is installed."""


def check_extras(verb: verbs.Verb) -> None:
    """Look whether the verb's dependency groups are installed, before it half works.

    Raises:
        MissingExtraError: one is not.

    """
    require(verb.extras, f"`trainstop {verb.name}`")


def require(extras: tuple[str, ...], who: str) -> None:
    """Look whether dependency groups are installed.

    Raises:
        MissingExtraError: one is not.

    """
    missing = [extra for extra in extras if importlib.util.find_spec(EXTRA_PROBES[extra]) is None]
    if missing:
        raise MissingExtraError(
            f"{who} needs the dependency group {' and '.join(missing)}",
            where="the environment that trainstop is installed in",
            fix=f'install "trainstop[{",".join(missing)}]"',
        )
