"""A bundle is what its manifest says, or it is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from trainstop.bundles import MANIFEST, Bundle
from trainstop.errors import InputError


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    made = Bundle(tmp_path / "bundle")
    made.model.mkdir(parents=True)
    (made.model / "MLmodel").write_text("flavors: {}\n")
    (made.model / "model.skops").write_bytes(b"\x00\x01")
    made.environment.write_text("six==1.17.0\n")
    return made


def test_a_sealed_bundle_verifies_wherever_it_is_copied(bundle: Bundle, tmp_path: Path) -> None:
    digest = bundle.seal()
    bundle.root.rename(tmp_path / "elsewhere")
    Bundle(tmp_path / "elsewhere").verify(digest)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda root: (root / "model/model.skops").write_bytes(b"\x00\x02"), "model/model.skops"),
        (lambda root: (root / "model/model.skops").unlink(), "model/model.skops"),
        (lambda root: (root / "model/extra").write_text("x"), "model/extra"),
        (lambda root: (root / "model/MLmodel").rename(root / "model/mlmodel"), "model/MLmodel"),
        (lambda root: (root / MANIFEST).write_text("{}"), "environment.txt"),
    ],
    ids=["changed", "missing", "added", "renamed", "other manifest"],
)
def test_any_change_is_refused_and_named(bundle: Bundle, change: Callable[[Path], object], named: str) -> None:
    digest = bundle.seal()
    change(bundle.root)
    if named == "environment.txt":
        bundle.verify(digest)  # the digest speaks for the files; the manifest beside them is for people
        bundle.environment.write_text("other")
    with pytest.raises(InputError, match=r"not what its manifest says") as caught:
        bundle.verify(digest)
    assert named in caught.value.what


def test_a_symbolic_link_is_refused(bundle: Bundle) -> None:
    (bundle.model / "link").symlink_to("/etc/hostname")
    with pytest.raises(InputError, match="symbolic link"):
        bundle.seal()
