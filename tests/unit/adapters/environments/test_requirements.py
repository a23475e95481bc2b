import pytest

from trainstop.adapters.environments.requirements import (
    RequirementsFile,
    fully_hashed,
    included,
    index_options,
    logical_lines,
)
from trainstop.errors import InputError

HASHED = "six==1.17.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"


@pytest.fixture
def write(tmp_path):
    def write(text, name="requirements.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


def test_continued_lines_are_one_and_comments_are_none(write):
    path = write(f"# a comment\n\n{HASHED}requests>=2  # why\nmy#pkg\n")
    assert list(logical_lines(path)) == [
        "six==1.17.0 --hash=sha256:aa --hash=sha256:bb",
        "requests>=2",
        "my#pkg",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HASHED, True),
        ("", True),
        ("# only words\n--index-url https://example.org/simple\n--require-hashes\n" + HASHED, True),
        (HASHED + "requests==2.0\n", False),
        (HASHED + "-e .\n", False),
        (HASHED + "--editable .\n", False),
        (HASHED + "-c limits.txt\n", False),
        (HASHED + "git+https://example.org/x\n", False),
    ],
)
def test_a_file_is_hashed_when_every_requirement_is(write, text, expected):
    assert fully_hashed(write(text)) is expected


def test_included_files_are_followed_once_each(write):
    main = write("-r base.txt\n--constraint=limits.txt\n")
    base = write("-r requirements.txt\n", "base.txt")
    limits = write("", "limits.txt")
    assert included(main) == [main, base, limits]


def test_a_change_in_an_included_file_is_a_change(write):
    main = write("-r base.txt\n")
    write("six\n", "base.txt")
    before = RequirementsFile(main).key()
    write("six>1\n", "base.txt")
    assert RequirementsFile(main).key() != before


def test_hashed_files_are_pinned_without_asking_anybody_with_what_they_include(write, tmp_path):
    main = write(f"-r base.txt\n{HASHED}")
    write("one==1 --hash=sha256:cc\n", "base.txt")
    out = tmp_path / "out.txt"
    RequirementsFile(main).pin(None, tmp_path, out)
    assert fully_hashed(out)
    assert [line.split()[0] for line in logical_lines(out)] == ["six==1.17.0", "one==1"]


def test_where_packages_come_from_is_handed_to_the_installer(write):
    path = write("-i https://a/simple\n--extra-index-url=https://b/simple\n-f ./wheels\n--pre\n--no-index\n")
    assert index_options(path) == (
        "--index-url", "https://a/simple", "--extra-index-url", "https://b/simple", "--find-links", "./wheels",
        "--prerelease", "allow", "--no-index",
    )  # fmt: skip


def test_a_missing_include_is_the_inputs_fault(write):
    with pytest.raises(InputError, match="cannot be read"):
        included(write("-r nowhere.txt\n"))
