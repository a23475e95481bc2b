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


def refuse(model: Path, *types: str, allowed: tuple[str, ...] = ()) -> None:
    refuse_untrusted(model, trusted_types=types, allowed=allowed)


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
    ("name", "content", "kind"),
    [
        ("model__pkl", b"anything", "pickle"),
        ("model__joblib", b"anything", "joblib"),
        ("innocent__txt", pickle.dumps([1], protocol=4), "pickle"),
        ("weights__bin", archive("archive/data.pkl"), "torch"),
    ],
)
def test_a_format_that_runs_code_is_refused_unless_allowed_by_its_name(tmp_path, name, content, kind) -> None:
    model = folder(tmp_path, "{python_function: {}}", **{name: content})
    with pytest.raises(ProjectCodeError, match=rf"{name.replace('__', '.')} \({kind}\)") as caught:
        refuse(model)
    assert f'train.allow-formats = ["{kind}"]' in caught.value.fix
    refuse(model, allowed=(kind,))
    with pytest.raises(ProjectCodeError, match=kind):
        refuse(model, allowed=tuple({"pickle", "joblib", "torch", "keras"} - {kind}))


@pytest.mark.parametrize("form", ["pickle", "cloudpickle"])
def test_what_calls_itself_a_pickle_is_one_of_that_kind(tmp_path, form) -> None:
    flavors = f"{{sklearn: {{serialization_format: {form}, pickled_model: model.pkl}}}}"
    model = folder(tmp_path, flavors, model__pkl=pickle.dumps([1]))
    with pytest.raises(ProjectCodeError, match=rf"model\.pkl \({form}\)"):
        refuse(model)
    refuse(model, allowed=(form,))


def test_the_remedy_keeps_what_was_allowed_before(tmp_path) -> None:
    model = folder(tmp_path, "{python_function: {}}", a__pkl=b"", b__pt=b"")
    with pytest.raises(ProjectCodeError) as caught:
        refuse(model, allowed=("pickle",))
    assert 'train.allow-formats = ["pickle", "torch"]' in caught.value.fix


@pytest.mark.parametrize("text", ["", "flavors: 3", "[1, 2]", "flavors: {a: [", "\x00"])
def test_what_is_no_model_is_an_input_error(tmp_path, text) -> None:
    (tmp_path / "MLmodel").write_text(text)
    with pytest.raises(InputError, match="not an MLflow model"):
        refuse(tmp_path)


def test_no_file_at_all_is_an_input_error(tmp_path) -> None:
    with pytest.raises(InputError):
        refuse(tmp_path)
