"""What a verb installs: no more than it needs, locked by hash, from no place in particular."""

import re
from pathlib import Path

import pytest

from trainstop import verbs

REQUIREMENTS = Path(__file__).parents[2] / "requirements"
LOCKS = sorted(REQUIREMENTS.glob("*.txt"))
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==[^ ;]+")


def pinned(*groups: str) -> set[str]:
    """Return the packages that these groups install, with what every verb needs."""
    lines = [line for name in ("core", *groups) for line in (REQUIREMENTS / f"{name}.txt").read_text().splitlines()]
    return {found[1].lower() for line in lines if (found := PIN.match(line))}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_every_pin_has_a_hash_and_no_lock_names_an_address(lock: Path) -> None:
    text = lock.read_text()
    entries = [entry for entry in re.split(r"\n(?=\S)", text.strip()) if entry]
    assert entries
    assert [entry.split()[0] for entry in entries if not PIN.match(entry) or "--hash=sha256:" not in entry] == []
    assert not re.search(r"://|--index|--extra-index|--find-links|--trusted-host| @ ", text)


def test_every_group_of_the_project_has_a_lock() -> None:
    groups = {group for verb in verbs.VERBS for group in (*verb.extras, "github")}
    assert groups | {"core", "dev", "bootstrap"} == {path.stem for path in LOCKS}


@pytest.mark.parametrize("verb", verbs.VERBS, ids=lambda verb: verb.name)
def test_no_verb_installs_the_whole_of_mlflow(verb: verbs.Verb) -> None:
    found = {name for name in pinned(*verb.extras) if name.startswith("mlflow")}
    assert found == ({"mlflow-skinny"} if "registry" in verb.extras else set())


def test_lint_installs_no_mlflow_and_register_only_the_skinny_one() -> None:
    extras = {verb.name: verb.extras for verb in verbs.VERBS}
    assert not [name for name in pinned(*extras["lint"]) if "mlflow" in name]
    assert "registry" in extras["register"]
    assert not pinned(*extras["register"]) & {"pandas", "scikit-learn", "numpy", "pyarrow"}
