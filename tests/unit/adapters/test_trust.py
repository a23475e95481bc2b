"""What a model folder may ask for."""

import io
import pickle
import zipfile
from pathlib import Path

import pytest

from trainstop.adapters.trust import refuse_untrusted
from trainstop.errors import InputError, ProjectCodeError


def folder(root: Path, flavors: str, **content: bytes) -> Path:
    (root / "MLmodel").write_text(f"flavors: {flavors}\n")
    for name, given in content.items():
        (root / name.replace("__", ".")).write_bytes(given)
    return root


def archive(name: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        file.writestr(name, b"content")
    return target.getvalue()


def refuse(model: Path, *types: str, allow_pickle: bool = False) -> None:
    refuse_untrusted(model, trusted_types=types, allow_pickle=allow_pickle)


def test_a_model_in_a_safe_format_is_let_through(tmp_path) -> None:
    flavors = "{sklearn: {serialization_format: skops, skops_trusted_types: null}, python_function: {env: conda.yaml}}"
    refuse(folder(tmp_path, flavors, model__skops=archive("schema.json"), weights__json=b"{}"))


def test_types_are_allowed_one_by_one_and_the_remedy_can_be_pasted(tmp_path) -> None:
    model = folder(tmp_path, "{sklearn: {skops_trusted_types: [a.B, c.D]}}")
    with pytest.raises(ProjectCodeError, match=r"c\.D") as caught:
        refuse(model, "a.B")
    assert 'train.trusted-types = ["c.D"]' in caught.value.fix
    refuse(model, "a.B", "c.D", "never.asked")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model__pkl", b"anything"),
        ("model__joblib", b"anything"),
        ("innocent__txt", pickle.dumps([1], protocol=4)),
        ("weights__bin", archive("archive/data.pkl")),
    ],
)
def test_a_pickle_is_known_by_name_by_content_and_inside_an_archive(tmp_path, name, content) -> None:
    model = folder(tmp_path, "{python_function: {}}", **{name: content})
    with pytest.raises(ProjectCodeError, match="pickle"):
        refuse(model)
    refuse(model, allow_pickle=True)


@pytest.mark.parametrize("form", ["pickle", "cloudpickle"])
def test_what_calls_itself_a_pickle_is_one(tmp_path, form) -> None:
    with pytest.raises(ProjectCodeError, match="pickle"):
        refuse(folder(tmp_path, f"{{sklearn: {{serialization_format: {form}}}}}"))


@pytest.mark.parametrize("text", ["", "flavors: 3", "[1, 2]", "flavors: {a: [", "\x00"])
def test_what_is_no_model_is_an_input_error(tmp_path, text) -> None:
    (tmp_path / "MLmodel").write_text(text)
    with pytest.raises(InputError, match="not an MLflow model"):
        refuse(tmp_path)


def test_no_file_at_all_is_an_input_error(tmp_path) -> None:
    with pytest.raises(InputError):
        refuse(tmp_path)
