import pytest

from trainstop.adapters.linters.pins import find_pins


def pins(folder, lock=""):
    found, missing = find_pins(folder, lock)
    return [(pin.name, pin.version, pin.path.name, pin.line) for pin in found], missing


def test_a_requirements_file_names_its_pins_with_their_lines(project):
    folder = project(
        **{
            "requirements.txt": "-r base.txt\none==1.0 \\\n  --hash=sha256:a\ntwo[x]==2.0 ; python_version < '3.12'\n",
            "base.txt": "--index-url https://example.org/simple\nthree==3.0  # why\n",
        }
    )
    found, missing = pins(folder)
    assert found == [
        ("one", "1.0", "requirements.txt", 2),
        ("two", "2.0", "requirements.txt", 4),
        ("three", "3.0", "base.txt", 2),
    ]
    assert missing == ""


@pytest.mark.parametrize("line", ["loose>=1", "loose", "loose==1.*", "loose[x]", "loose @ https://example.org/x.whl"])
def test_what_is_not_pinned_is_counted(project, line):
    found, missing = pins(project(**{"requirements.txt": f"one==1.0\n{line}\n"}))
    assert [name for name, *_ in found] == ["one"]
    assert missing.startswith("1 of 2 requirements are not pinned (loose")


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock", "pdm.lock"])
def test_a_toml_lock_names_its_pins_but_not_the_project(project, name):
    text = (
        '[[package]]\nname = "x"\nversion = "0"\nsource = { virtual = "." }\n\n'
        '[[package]]\nname = "one"\nversion = "1.0"\nsource = { registry = "r" }\n'
    )
    found, missing = pins(project(**{name: text, "pyproject.toml": '[project]\nname = "x"\n'}))
    assert found == [("one", "1.0", name, 7)]
    assert missing == ""


def test_a_standard_lock_names_its_pins(project):
    text = 'lock-version = "1.0"\n[[packages]]\nname = "one"\nversion = "1.0"\n'
    assert pins(project(**{"pylock.toml": text}))[0] == [("one", "1.0", "pylock.toml", 3)]


def test_the_lock_of_the_configuration_is_read(project):
    folder = project(**{"requirements.txt": "one==1\n", "locks/train.txt": "two==2\n"})
    assert pins(folder, "locks/train.txt")[0] == [("two", "2", "train.txt", 1)]


def test_no_file_says_so(project):
    assert pins(project()) == ([], "nothing says which packages the project needs")
