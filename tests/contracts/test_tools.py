"""What the tests take from npm: locked by hash, from no place in particular."""

import json
from pathlib import Path

TOOLS = Path(__file__).parents[1] / "tools"


def test_every_package_is_locked_by_hash_and_names_no_address() -> None:
    packages = json.loads((TOOLS / "package-lock.json").read_text())["packages"]
    fetched = {name: package for name, package in packages.items() if name}
    assert fetched
    assert [name for name, package in fetched.items() if not package["integrity"].startswith("sha512-")] == []
    assert "://" not in (TOOLS / "package-lock.json").read_text() + (TOOLS / ".npmrc").read_text()


def test_versions_are_exact() -> None:
    wanted = json.loads((TOOLS / "package.json").read_text())
    versions = {**wanted.get("dependencies", {}), **wanted.get("devDependencies", {})}.values()
    assert all(version[0].isdecimal() for version in versions)
