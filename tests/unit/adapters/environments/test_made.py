"""What an environment holds."""

from pathlib import Path

from trainstop.adapters.environments.made import installed
from trainstop.ports.environments import Interpreter


def package(site: Path, name: str, version: str, **files: str) -> None:
    folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    for file, text in files.items():
        (folder / file.replace("__", ".")).write_text(text)


def test_packages_from_an_index_are_listed_at_their_versions_and_those_from_a_folder_are_not(tmp_path: Path) -> None:
    site = tmp_path / "lib" / "python3.12" / "site-packages"
    package(site, "numpy", "2.1.0")
    package(site, "Typing-Extensions", "4.1.0+local")
    package(site, "own", "0.1", direct_url__json='{"url": "file:///somewhere", "dir_info": {}}')
    (site / "broken-1.dist-info").mkdir()
    python = Interpreter(python=tmp_path / "bin" / "python", digest="", version="3.12.4", source="")
    assert installed(python) == ["Typing-Extensions==4.1.0+local", "numpy==2.1.0"]
