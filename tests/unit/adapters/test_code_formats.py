"""Files that run code when they are loaded, made by what makes them where that is at hand."""

import gzip
import io
import json
import lzma
import pickle
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pytest

from trainstop.adapters.code_formats import format_of, formats_in, runs_code

HDF5 = b"\x89HDF\r\n\x1a\n" + bytes(100)
LAMBDA = {"class_name": "Sequential", "config": {"layers": [{"class_name": "Lambda", "config": {}}]}}


class Evil:
    def __reduce__(self) -> Any:
        return print, ("this ran",)


def kind(content: bytes, name: str = "file.bin") -> str:
    return format_of(io.BytesIO(content), name)


def zipped(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for name, content in members.items():
            file.writestr(name.replace("__", "."), content)
    return target.getvalue()


def tarred(mode: str, name: str, content: bytes) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode) as file:  # type: ignore[call-overload]
        member = tarfile.TarInfo(name)
        member.size = len(content)
        file.addfile(member, io.BytesIO(content))
    return target.getvalue()


def saved(array: Any) -> bytes:
    target = io.BytesIO()
    np.save(target, array)
    return target.getvalue()


def dumped(tmp_path: Path, value: Any, compress: Any) -> bytes:
    joblib = pytest.importorskip("joblib")
    joblib.dump(value, tmp_path / "dump", compress=compress)
    return (tmp_path / "dump").read_bytes()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_of_any_protocol_is_one_whatever_it_is_called(protocol) -> None:
    assert kind(pickle.dumps(Evil(), protocol=protocol), "readme.txt") == "pickle"


def test_what_made_a_pickle_is_told_where_it_shows() -> None:
    assert kind(cloudpickle.dumps(lambda: 1)) == "cloudpickle"
    assert kind(pickle.dumps([1]), "model.dill") == "dill"
    assert kind(pickle.dumps([1]), "model.pt") == "torch"


@pytest.mark.parametrize("compress", [0, ("zlib", 3), ("gzip", 3), ("bz2", 3), ("lzma", 3), ("xz", 3)], ids=str)
def test_joblib_is_seen_through_its_compression(tmp_path, compress) -> None:
    assert kind(dumped(tmp_path, {"a": np.arange(10), "b": Evil()}, compress)) in {"joblib", "pickle"}


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (gzip.compress(pickle.dumps([1])), "a.gz"),
        (lzma.compress(pickle.dumps([1])), "a.xz"),
        (zlib.compress(pickle.dumps([1])), "a.z"),
        (zipped(inner__bin=pickle.dumps([1])), "a.zip"),
        (zipped(inner__zip=zipped(deep__txt=pickle.dumps([1]))), "a.zip"),
        (tarred("w", "inner", pickle.dumps([1])), "a.tar"),
        (tarred("w:gz", "inner", pickle.dumps([1])), "a.tar.gz"),
        (saved(np.array([Evil(), 2], dtype=object)), "weights.npy"),
        (zipped(weights__npy=saved(np.array([{}], dtype=object))), "weights.npz"),
    ],
    ids=["gzip", "xz", "zlib", "zip", "zip in zip", "tar", "tar.gz", "npy", "npz"],
)
def test_a_pickle_is_found_inside_archives_and_arrays(content, name) -> None:
    assert kind(content, name) in {"pickle", "joblib"}


def test_a_torch_archive_is_known_by_its_member() -> None:
    assert kind(zipped(**{"archive/data.pkl": b"", "archive/data/0": b"1"})) == "torch"


def test_a_keras_archive_runs_code_only_where_a_layer_does() -> None:
    weights = {"model.weights.h5": HDF5}
    dense = {"class_name": "Dense", "module": "keras.layers", "config": {"units": 1}}
    assert kind(zipped(**{"config.json": json.dumps(dense).encode(), **weights}), "m.keras") == ""
    assert kind(zipped(**{"config.json": json.dumps(LAMBDA).encode(), **weights}), "m.keras") == "keras"
    assert runs_code(json.dumps({"module": "os", "class_name": "system"}).encode())
    assert runs_code(b"{")


def test_a_whole_model_in_hdf5_may_run_code_and_weights_do_not() -> None:
    assert kind(HDF5 + b"model_config" + json.dumps(LAMBDA).encode(), "m.h5") == "keras"
    assert kind(HDF5 + b"layer_names", "m.h5") == ""


def test_a_saved_model_of_tensorflow_is_a_program() -> None:
    assert kind(b"\x08\x01", "saved_model.pb") == "tensorflow"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty"),
        (b"tree\nversion=v4\nnum_class=1\nends with a dot.", "model.txt"),
        (b"Words, and a full stop at the end.", "readme"),
        (json.dumps({"learner": {}}).encode(), "model.json"),
        (b"\x08\x07\x12\x07pytorch", "model.onnx"),
        (len(b"{}").to_bytes(8, "little") + b"{}", "model.safetensors"),
        (saved(np.arange(10.0)), "weights.npy"),
        (zipped(schema__json=b"{}", array__npy=saved(np.arange(3))), "model.skops"),
        (zipped(a__txt=b"x")[:-10], "torn.zip"),
        (gzip.compress(b"a,b\n1,2\n"), "rows.csv.gz"),
        (gzip.compress(b"a")[:9], "torn.gz"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_holds_numbers_and_text_alone_is_safe(content, name) -> None:
    assert kind(content, name) == ""


def test_real_skops_and_boosters_are_safe_and_a_real_torch_file_is_not(tmp_path) -> None:
    skops = pytest.importorskip("skops.io")
    linear = pytest.importorskip("sklearn.linear_model")
    model = linear.LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0])
    (tmp_path / "safe.skops").write_bytes(skops.dumps(model))
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "model.bin").write_bytes(pickle.dumps(model))
    assert dict(formats_in(tmp_path)) == {"deep/model.bin": "pickle"}
