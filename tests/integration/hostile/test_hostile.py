"""Hostile text through every door of the command line: refused with words, or shown and nothing more."""

import html.parser
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import cmarkgfm
import pytest
from click.testing import CliRunner, Result
from cmarkgfm.cmark import Options
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from tests.fakes.registry import FakeRegistry
from tests.integration.hostile.texts import TEXTS

from trainstop import cli, verbs
from trainstop.config import Config, load
from trainstop.errors import ConfigurationError
from trainstop.live_ports import LivePorts
from trainstop.report.screen import told

CONFIG = """
[model]
name = "m"
task = "binary"
[evaluate]
metrics-file = "metrics.json"
[environments.staging]
[environments.production]
"""
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028\u2029\u202a-\u202e\ufeff\ud800-\udfff]")
ACTIVE_TAGS = {"a", "img", "script", "input", "iframe", "style"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose registry is empty and in memory."""
    (tmp_path / "trainstop.toml").write_text(CONFIG)
    (tmp_path / "metrics.json").write_text('{"auc": 0.8}')
    monkeypatch.setattr(LivePorts, "registry", FakeRegistry(tmp_path / "registry"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments: str, environ: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(cli.cli, list(arguments), env={"GITHUB_ACTIONS": "", **(environ or {})})


def check_harmless(done: Result) -> None:
    """Hold what was printed against what a runner and a terminal would make of it."""
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    assert "a bug in trainstop" not in done.output, done.output[-800:]
    assert "Traceback" not in done.output
    assert not [line for line in done.output.splitlines() if line.strip().startswith("::")], done.output[-800:]
    assert "##[" not in done.output
    assert not UNSEEN.search(done.output), ascii(UNSEEN.search(done.output))


def outside(project: Path) -> set[str]:
    """Return what lies beside the project, and in it beside our folder."""
    return {path.name for folder in (project, project.parent) for path in folder.iterdir()} - {".trainstop"}


DOSES = [4, pytest.param(1, marks=pytest.mark.slow)]
"""Every fourth text, and in the slow tests every one."""
DOORS = [
    (verb.name, option.name) for verb in verbs.VERBS for option in verb.options if option.kind is not bool
] + [("run", name) for name in ("from", "to", "skip")] + [("report", name) for name in ("config", "set")]  # fmt: skip


@pytest.mark.parametrize("dose", DOSES)
@pytest.mark.parametrize(("verb", "option"), DOORS, ids=map("-".join, DOORS))
def test_an_option_is_refused_or_shown(project: Path, verb: str, option: str, dose: int) -> None:
    before = outside(project)
    flag = f"--{option.replace('_', '-')}"
    for text in TEXTS[len(verb + option) % dose :: dose]:
        if (verb, flag) == ("run", "--skip"):
            done = call(verb, "--from", "report", "--to", "report", flag, text)
        elif (verb, flag) == ("explain", "--gate"):  # given by its place
            done = call(verb, "--", text)
        else:
            done = call(verb, flag, text)
        check_harmless(done)
        assert done.exit_code in (0, 1, 2), (text, done.output[-500:])
        assert outside(project) == before, text


@pytest.mark.parametrize("dose", DOSES)
@pytest.mark.parametrize("name", ["VERSION", "ENVIRONMENT", "REASON", "AS_OF", "FORCE", "QUIET", "CONFIG"])
def test_a_variable_is_refused_or_shown(project: Path, name: str, dose: int) -> None:
    verb = {"REASON": "rollback", "AS_OF": "monitor", "FORCE": "train"}.get(name, "deploy")
    for text in TEXTS:
        if ("\0" not in text and text.isprintable()) or "\n" in text:
            check_harmless(call(verb, environ={f"TRAINSTOP_{name}": text}))


def test_a_wrong_verb_or_flag_is_only_printed(project: Path) -> None:
    for text in TEXTS:
        for arguments in ([text], ["report", f"--{text}"], ["report", text]):
            check_harmless(call(*arguments))


def keys_of(section: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield every key of the configuration file."""
    for name, field in section.model_fields.items():
        here = (*path, field.alias or name)
        kind = field.annotation
        if get_origin(kind) is dict:
            value = get_args(kind)[1]
            if isinstance(value, type) and issubclass(value, BaseModel):
                yield from keys_of(value, (*here, "production"))
            yield here
            continue
        kinds = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
        sections = [each for each in kinds if isinstance(each, type) and issubclass(each, BaseModel)]
        yield from keys_of(sections[0], here) if sections else [here]


def written(text: str) -> str:
    """Return a text as TOML writes it."""
    return json.dumps(text.encode("utf-8", "replace").decode()).replace("\\u007f", "\x7f")


@pytest.mark.parametrize("dose", DOSES)
def test_every_key_of_the_file_is_refused_or_taken(project: Path, dose: int) -> None:
    keys = [".".join(key) for key in keys_of(Config)]
    assert len(keys) > 80
    for number, key in enumerate(keys):
        check_key(project, key, TEXTS[number % (4 * dose) :: 4 * dose] if dose > 1 else TEXTS)


def check_key(project: Path, key: str, texts: tuple[str, ...]) -> None:
    """Let a key have these values, in every way that TOML has."""
    for text in texts:
        for value in (written(text), f"[{written(text)}]", f"{{ {written(text)} = {written(text)} }}", text):
            try:
                load(project, settings=[f"{key}={value}"])
            except ConfigurationError as error:
                said = told(error)
                assert not UNSEEN.search(said), ascii(said)
                assert not [line for line in said.splitlines() if line.strip().startswith("::")]
                assert "##[" not in said
                assert len(said) < 5000


def test_an_environment_cannot_be_called_what_is_no_name(project: Path) -> None:
    for name in ("../../x", "a b", "", "a/b", "x" * 100, "@me"):
        with pytest.raises(ConfigurationError):
            load(project, settings=[f"environments={{ {json.dumps(name)} = {{}} }}"])


class Active(html.parser.HTMLParser):
    """Finds what acts in a rendered comment, and what GitHub would make of its words."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._code = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._code += tag in ("code", "pre")
        if tag in ACTIVE_TAGS or any(name.startswith("on") for name, _ in attrs):
            self.found.append(f"<{tag} {attrs}>")

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in ("code", "pre")

    def handle_data(self, data: str) -> None:
        if not self._code:
            self.found += re.findall(r"@\w|(?<![\w&])#\d|\bGH-\d|\w+/\w+#\d|://|www\.|\$\S", data, re.IGNORECASE)

    def handle_comment(self, data: str) -> None:
        if not data.strip().startswith("trainstop:"):
            self.found.append(f"<!--{data}-->")


def active(markdown: str) -> list[str]:
    """Return what acts in Markdown as GitHub renders it."""
    looked = Active()
    looked.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE))
    return looked.found


def shown(project: Path) -> list[str]:
    """Return the comment and the summary."""
    return [(project / ".trainstop/outbox" / name).read_text() for name in ("comment.md", "summary.md")]


def check_report(project: Path, names: list[str]) -> None:
    """Let metrics have these names, and look at what a reader would see."""
    (project / "metrics.json").write_text(json.dumps(dict.fromkeys(names, 0.5) | {"auc": 0.8}))
    done = [call("evaluate"), call("report"), call("evaluate", "--set", "gates.x.min=1", "--json")]
    for each in done:
        check_harmless(each)
    for page in shown(project):
        assert active(page) == []
        assert page.count("<!-- trainstop:report:m -->") <= 1


def test_metrics_with_hostile_names_are_rows_of_a_table_and_nothing_more(project: Path) -> None:
    names = [text.encode("utf-8", "replace").decode() for text in TEXTS]
    check_report(project, names)


@pytest.mark.slow
def test_each_hostile_name_alone_is_a_row_and_nothing_more(project: Path) -> None:
    for text in TEXTS:
        check_report(project, [text.encode("utf-8", "replace").decode()])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(min_size=1, max_size=80).filter(lambda text: text.isprintable() or "\n" in text))
def test_any_name_of_a_metric_is_only_shown(project: Path, name: str) -> None:
    check_report(project, [name])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pieces=st.lists(
        st.sampled_from([*TEXTS[9:54], " ", "\n", "|", "`", "\\", "@", "#1", "<", ">", "*", "_", "["]), max_size=6
    )
)
def test_pieces_of_hostile_text_put_together_do_no_more(project: Path, pieces: list[str]) -> None:
    check_report(project, ["".join(pieces).encode("utf-8", "replace").decode() or "x"])


BROKEN = (
    b"", b"{", b"null", b"[]", b"NaN", b'{"auc": NaN}', b'{"auc": 1e999}', b'{"auc": "0.9"}', b'{"auc": true}',
    b'{"auc": 1, "auc": 2}', b'{"auc": ' + b"9" * 5000 + b"}", b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe\x00",
    b"<!doctype html><title>Sign in</title>", b'{"auc": 0.9} trailing', b"\xef\xbb\xbf{}", b"\x00" * 1000,
    b'{"auc": {"value": "::error::x"}}',
)  # fmt: skip


@pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
@pytest.mark.parametrize("name", ["metrics.json", "metrics.yaml", "metrics.csv", "metrics.txt"])
def test_a_broken_metrics_file_is_refused_with_words(project: Path, name: str, content: bytes) -> None:
    (project / name).write_bytes(content)
    done = call("evaluate", "--set", f"evaluate.metrics-file={name}")
    check_harmless(done)
    assert done.exit_code in (0, 1, 2)


@pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_record_is_refused_with_words(project: Path, content: bytes) -> None:
    results = project / ".trainstop" / "results"
    results.mkdir(parents=True)
    for name in (
        "lint",
        "test",
        "train",
        "baseline",
        "evaluate",
        "model-test",
        "register",
        "monitor",
        "deploy-staging",
    ):
        (results / f"{name}.json").write_bytes(content)
    for verb in ("report", "register", "alert", "promote"):
        done = call(verb)
        check_harmless(done)
        assert done.exit_code in (0, 1, 2), done.output


@pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_configuration_is_refused_with_words(project: Path, content: bytes) -> None:
    (project / "trainstop.toml").write_bytes(content)
    done = call("report")
    check_harmless(done)
    assert done.exit_code == 2


def test_the_doors_are_all_there_are() -> None:
    assert {verb for verb, _ in DOORS} >= {"deploy", "staging-test", "promote", "rollback", "stop", "monitor", "run"}
