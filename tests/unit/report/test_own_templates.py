"""A project's own templates replace ours one by one, and what they show is as harmless as before."""

from pathlib import Path
from typing import Any

import pytest

from trainstop.errors import ConfigurationError
from trainstop.report import own_templates
from trainstop.report.comment import render_comment
from trainstop.report.templating import TEMPLATES
from trainstop.report.view import gather

HOSTILE = "@everyone <img src=x> fixes #1"


def folder(tmp_path: Path, **texts: str) -> dict[str, str]:
    place = tmp_path / "ours"
    place.mkdir()
    for name, text in texts.items():
        (place / f"{name}.md.j2").write_text(text)
    return dict(own_templates.read(tmp_path, "ours", TEMPLATES))


def test_a_template_of_the_project_replaces_ours_of_that_name(tmp_path: Path, write: Any) -> None:
    own = folder(tmp_path, gates="Our gates: {{ view.model }}\n")
    text = render_comment(gather(write(), model="m"), own)
    assert "Our gates: m" in text
    assert "**Gates**" not in text
    assert "**Gates**" in render_comment(gather(write(), model="m"))


def test_what_it_shows_passes_the_escaping_door(tmp_path: Path, write: Any) -> None:
    text = render_comment(
        gather(write(), model="m", description=HOSTILE), folder(tmp_path, gates="{{ view.description }}")
    )
    assert "@everyone <img" not in text.replace("`@everyone <img src=x>`", "")


def test_it_cannot_write_a_hidden_line_of_ours(tmp_path: Path, write: Any) -> None:
    own = folder(
        tmp_path,
        gates="<!-- trainstop:report:other -->\n<!-- trainstop:run:9.9 -->\n"
        "<!-- trainstop:trainstop:trainstop:run:9.9 -->\n<!-- <!-- trainstop:trainstop:run:9.9 -->\n",
    )
    assert own_templates.OURS not in render_comment(gather(write(), model="m"), own)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{% if %}", "line 1"),
        ("\n{{ view.nonsense }}", "line 2"),
        ("{{ view.__class__.__mro__ }}", "gates.md.j2"),
        ("{{ view.stages[0].record.model_dump_json() }}", "line 1"),
        ("{{ view.stages[0].checks[0].parse_raw('{}') }}", "line 1"),
        ("{{ view.stages[0].checks[0]['parse_file']('/etc/passwd') }}", "line 1"),
        ("{{ view.stages[0].checks[0] | attr('copy') }}", "line 1"),
        ("{{ view.evaluate.metrics[0].model_fields_set }}", "line 1"),
        ("{{ ().__class__.__base__.__subclasses__() }}", "gates.md.j2"),
        ("{{ 1 / 0 }}", "line 1"),
        ("{% include 'gates.md.j2' %}", "gates.md.j2"),
        ("{% include '../../../etc/passwd' %}", "gates.md.j2"),
        ("{% for n in range(10 ** 9) %}{% endfor %}", "line 1"),
    ],
)
def test_one_that_cannot_be_filled_is_named_with_its_line(tmp_path: Path, write: Any, text: str, words: str) -> None:
    own = folder(tmp_path, gates=text)
    with pytest.raises(ConfigurationError, match="cannot be filled") as error:
        render_comment(gather(write(), model="m"), own)
    assert words in error.value.where


def test_a_name_that_replaces_nothing_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="replaces no template") as error:
        folder(tmp_path, metric="x")
    assert "metrics.md.j2" in error.value.fix


def test_a_link_a_folder_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    place = tmp_path / "ours"
    place.mkdir()
    path = place / "gates.md.j2"
    for make in (
        lambda: path.symlink_to("/etc/passwd"),
        path.mkdir,
        lambda: path.write_text("x" * 100_001),
    ):
        make()
        with pytest.raises(ConfigurationError, match="no link"):
            own_templates.read(tmp_path, "ours", TEMPLATES)
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


@pytest.mark.parametrize("name", ["missing", "../elsewhere", "/etc"])
def test_a_folder_that_is_not_the_projects_is_refused(tmp_path: Path, name: str) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(ConfigurationError, match="no folder"):
        own_templates.read(project, name, TEMPLATES)


def test_without_a_folder_all_are_ours(tmp_path: Path) -> None:
    assert own_templates.read(tmp_path, "", TEMPLATES) == {}
