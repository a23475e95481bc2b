"""What lasts is out of the collector's sight, and nothing is said about it when Python ends."""

import gc
import subprocess
import sys

import pytest

from trainstop.lasting import spare


def test_what_exists_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "duckdb", raising=False)
    before = gc.get_freeze_count()
    try:
        spare()
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()


def test_a_process_that_imported_duckdb_ends_without_a_word() -> None:
    code = "import duckdb; from trainstop.lasting import spare; duckdb.sql('select 1').fetchall(); spare()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
