"""What a run of a pull request may have left: an honest file, and everything that somebody may put in its place."""

import io
import json
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from markdown_it import MarkdownIt
from tests.unit.report.conftest import checks, parts

from trainstop.records import Provenance, Record, Status
from trainstop.relaying.condensing import condensed
from trainstop.relaying.limits import BYTES, FILE, TEXT
from trainstop.relaying.reading import UnfitError, read

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OURS = {"<details>", "<details open>", "</details>", "<summary>", "</summary>", "<sub>", "</sub>"}
NASTY = "@everyone | <img src=x> `fixes #1` ![x](http://y) <!-- trainstop:report:delays --> </details> closes GH-7"


def records(**changes: Any) -> list[Record[Any]]:
    """Return the records of an ordinary check; `changes` are parts by a stage's name, with an underscore."""
    return [
        Record[type(part)](  # type: ignore[misc]
            stage=stage,
            status=Status.PASSED,
            reason="all held",
            checks=checks().get(stage, ()),
            part=changes.get(stage.replace("-", "_"), part),
            trainstop="1.0",
            provenance=Provenance(repository="mallory/flights", commit="f" * 40, run_url="https://evil.example/run"),
            started_at=START,
            duration_seconds=2.5,
        )
        for stage, part in parts().items()
    ]


def letter() -> dict[str, Any]:
    """Return an honest file's content."""
    found: dict[str, Any] = json.loads(condensed(records()))
    return found


def written(content: object) -> bytes:
    return json.dumps(content).encode()


def packed(content: bytes, name: str = FILE, how: int = zipfile.ZIP_DEFLATED, attributes: int = 0o100644) -> bytes:
    """Return an archive with one file."""
    return packed_all([(name, content)], how, attributes)


def packed_all(files: list[tuple[str, bytes]], how: int = zipfile.ZIP_DEFLATED, attributes: int = 0o100644) -> bytes:
    """Return an archive."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", how) as archive:
        for name, content in files:
            member = zipfile.ZipInfo(name)
            member.external_attr, member.compress_type = attributes << 16, how
            archive.writestr(member, content)
    return kept.getvalue()


def honest() -> bytes:
    """Return the archive that an honest run leaves."""
    return packed(written(letter()))


def lying_about_its_size(content: bytes) -> bytes:
    """Return an archive whose file says, in both of its headers, to have ten bytes."""
    archive = bytearray(packed(content))
    for signature, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", archive, archive.index(signature) + place, 10)
    return bytes(archive)


def encrypted() -> bytes:
    """Return an archive whose file says to be encrypted."""
    archive = bytearray(honest())
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        struct.pack_into("<H", archive, archive.index(signature) + place, 1)
    return bytes(archive)


def archives() -> dict[str, tuple[bytes, str]]:
    """Return what is no archive with one plain file, each with words of why it is refused."""
    file = written(letter())
    named, damaged = "is not named", "no zip archive, or a damaged one"
    return {
        "zip-slip": (packed(file, f"../{FILE}"), named),
        "deep zip-slip": (packed(file, f"../../../../home/runner/{FILE}"), named),
        "an absolute path": (packed(file, f"/{FILE}"), named),
        "a backslash": (packed(file, f"..\\{FILE}"), named),
        "a folder before it": (packed(file, f"results/{FILE}"), named),
        "a name cut by a zero": (packed(file, FILE).replace(FILE.encode(), b"report\0json"), named),
        "more of a name behind a zero": (
            packed(file, f"{FILE}Z../../x").replace(f"{FILE}Z".encode(), f"{FILE}\0".encode()),
            named,
        ),
        "another name": (packed(file, "receive.json"), named),
        "a symbolic link": (packed(b"/etc/passwd", attributes=stat.S_IFLNK | 0o777), "link or a folder"),
        "a device": (packed(file, attributes=stat.S_IFCHR | 0o666), "link or a folder"),
        "a folder": (packed(b"", f"{FILE}/", attributes=stat.S_IFDIR | 0o755), named),
        "two files": (packed_all([(FILE, file), ("receive.json", file)]), "2 files"),
        "the same name twice": (packed_all([(FILE, file), (f"./{FILE}", file)]), "2 files"),
        "many files": (packed_all([(str(number), b"") for number in range(9000)], zipfile.ZIP_STORED), "9000 files"),
        "no file": (packed_all([]), "0 files"),
        "a login page": (b"<html>Sign in</html>", damaged),
        "nothing": (b"", damaged),
        "half an archive": (honest()[:200], damaged),
        "a changed byte": (honest().replace(honest()[60:64], b"\0\1\2\3", 1), damaged),
        "an encrypted file": (encrypted(), "encrypted"),
        "an unusual compression": (packed(file, how=zipfile.ZIP_LZMA), "unusual way"),
        "100 MB of zeros": (packed(b"\0" * 100_000_000), "says to be 100000000 bytes"),
        "100 MB that say to be ten bytes": (lying_about_its_size(b"\0" * 100_000_000), damaged),
        "ten million rows": (packed(b"[" + b"0," * 9_999_999 + b"0]"), "says to be 20000001 bytes"),
        "ten million rows of a slice": (
            packed(file.replace(b'"records"', b'"rows": [' + b"1," * 9_999_999 + b'1], "records"', 1)),
            "says to be",
        ),
    }


def with_change(change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return an honest file in which something was changed."""
    content = letter()
    change(content)
    return written(content)


def in_text(old: str, new: str) -> bytes:
    """Return an honest file in which some JSON was changed."""
    text = json.dumps(letter())
    assert old in text, old
    return text.replace(old, new, 1).encode()


def of(content: dict[str, Any], stage: str) -> dict[str, Any]:
    """Return a record of a file."""
    return next(record for record in content["records"] if record["stage"] == stage)


def files() -> dict[str, tuple[bytes, str]]:
    """Return files that no honest run writes, each with words of why it is refused."""
    rows, keys = '"rows": 12000', "has not the keys"
    finite, large, json_ = "not finite", "too large", "no JSON in UTF-8"
    other = "a stage that checks no change"
    return {
        "another pull request's number": (with_change(lambda all_: all_.update(pull_request=8)), keys),
        "a record of receive": (with_change(lambda all_: of(all_, "lint").update(stage="receive")), other),
        "a record of report": (with_change(lambda all_: of(all_, "lint").update(stage="report")), other),
        "a record of promote": (with_change(lambda all_: of(all_, "lint").update(stage="promote")), other),
        "a stage that is a path": (with_change(lambda all_: of(all_, "lint").update(stage="../../x")), other),
        "a stage that is a list": (with_change(lambda all_: of(all_, "lint").update(stage=[])), other),
        "a stage twice": (
            with_change(lambda all_: all_.update(records=[of(all_, "lint"), of(all_, "lint")])),
            "two records of one stage",
        ),
        "another stage's part": (
            with_change(lambda all_: of(all_, "lint").update(part=of(all_, "train")["part"])),
            "not what this version",
        ),
        "a subject that is a path": (
            with_change(lambda all_: of(all_, "lint").update(subject="/../../../x")),
            "of something else",
        ),
        "a record of another version": (
            with_change(lambda all_: of(all_, "lint").update(schema_version=2)),
            "of something else",
        ),
        "a field from nowhere": (with_change(lambda all_: of(all_, "lint").update(x=1)), "not what this version"),
        "a word of nobody's": (
            with_change(lambda all_: of(all_, "lint").update(status="merged")),
            "not what this version",
        ),
        "no record": (with_change(lambda all_: all_.update(records=[])), "holds 0 records"),
        "a thousand records": (
            with_change(lambda all_: all_.update(records=[of(all_, "lint")] * 1000)),
            "holds 1000 records",
        ),
        "records that are none": (with_change(lambda all_: all_.update(records=[1])), other),
        "no list of records": (with_change(lambda all_: all_.update(records={"lint": 1})), "the shape"),
        "another version": (with_change(lambda all_: all_.update(schema_version=2)), "another version"),
        "a version that is true": (with_change(lambda all_: all_.update(schema_version=True)), "another version"),
        "less than nothing left out": (with_change(lambda all_: all_.update(left_out=-1)), "the shape"),
        "a list": (b"[]", keys),
        "a number": (b"1", keys),
        "nothing": (b"", json_),
        "half a file": (written(letter())[:500], json_),
        "no UTF-8": (b"\xff\xfe" + json.dumps(letter()).encode("utf-16-le"), json_),
        "NaN": (in_text(rows, '"rows": NaN'), finite),
        "Infinity": (in_text("0.71234", "Infinity"), finite),
        "minus Infinity": (in_text("0.71234", "-Infinity"), finite),
        "1e999": (in_text("0.71234", "1e999"), finite),
        "NaN as a text": (
            with_change(lambda all_: of(all_, "evaluate")["part"]["metrics"][0]["candidate"].update(value="NaN")),
            "not what this version",
        ),
        "1e300": (in_text("0.71234", "1e300"), large),
        "a count of five thousand digits": (in_text(rows, f'"rows": {"9" * 5000}'), large),
        "a count of a thousand digits as a text": (in_text(rows, f'"rows": "{"9" * 1000}"'), large),
        "a key twice": (in_text('"schema_version": 1', '"schema_version": 1, "schema_version": 1'), "a key twice"),
        "nested deeply": (in_text('"rows": 12000', f'"rows": {"[" * 60}{"]" * 60}'), "nested too deeply"),
        "nested very deeply": (b"[" * (BYTES - 1), "nested too deeply"),
        "a long text": (in_text('"all held"', json.dumps("x" * (TEXT + 1))), f"a text of {TEXT + 1} characters"),
        "a long name": (in_text('"auc vs champion"', json.dumps("x" * 301)), "a text of 301 characters"),
        "a long key": (in_text('"C": ', f'"{"x" * 301}": '), "a text of 301 characters"),
        "half a character": (in_text('"all held"', '"\\ud800"'), "half a character"),
        "a time without its zone": (in_text(START.strftime('"%Y-%m-%dT%H:%M:%SZ"'), '"2026-03-02T09:00:00"'), "zone"),
    }


def places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of every text in a tree."""
    if isinstance(tree, str):
        yield path
    entries = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in entries:
        yield from places(value, (*path, key))


def put(tree: Any, path: tuple[Any, ...], value: Any) -> None:
    """Put a value at a place."""
    for key in path[:-1]:
        tree = tree[key]
    tree[path[-1]] = value


def full_of(text: str) -> tuple[bytes, int]:
    """Return a file that holds a text wherever it may hold any, and in how many places that is."""
    content, count = letter(), 0
    for path in list(places(content)):
        tried = deepcopy(content)
        put(tried, path, text)
        try:
            read(written(tried))
        except UnfitError:
            continue
        content, count = tried, count + 1
    evaluate = of(content, "evaluate")["part"]
    evaluate["class_rows"] = {text: 1}
    of(content, "train")["part"]["params"] = {text: text}
    return written(content), count + 3


def acting(page: str) -> list[str]:
    """Return what in a page of Markdown would do more than be read: markup, links, mentions, references."""
    shown = "\n".join(line for line in page.splitlines() if not line.startswith("<!-- trainstop:"))
    tokens = PARSER.parse(shown)
    children = [child for token in tokens for child in token.children or []]
    pieces = "".join(each.content for each in [*tokens, *children] if each.type in ("html_block", "html_inline"))
    for ours in OURS:
        pieces = pieces.replace(ours, "")
    found = [pieces] if "<" in pieces else []
    found += [
        str(child.attrs["href"])
        for child in children
        if child.type == "link_open" and not str(child.attrs["href"]).startswith("https://github.com/acme/")
    ]
    found += [child.type for child in children if child.type in ("image", "s_open")]
    return found + [child.content for child in children if child.type == "text" and set(child.content) & set("@#")]
