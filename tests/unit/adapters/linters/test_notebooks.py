import json

import pytest

from trainstop.adapters.linters.notebooks import file_line, read_notebook

CELLS = [
    {"cell_type": "markdown", "source": ["# title"]},
    {
        "cell_type": "code",
        "outputs": [
            {"output_type": "stream", "text": ["printed\n", "more\n"]},
            {"output_type": "display_data", "data": {"text/plain": ["shown"], "image/png": "iVBORw0KGgoAAAA"}},
            {"output_type": "error", "evalue": "broke", "traceback": ["at line 1"]},
        ],
        "source": ["a = 1\n", "b = 'é'"],
    },
]


def write(path, indent=1):
    path.write_text(json.dumps({"cells": CELLS, "nbformat": 4}, indent=indent))
    return path


def test_code_prose_and_outputs_are_read_but_no_pictures(tmp_path):
    texts = [line.text for line in read_notebook(write(tmp_path / "n.ipynb"))]
    assert texts == ["# title", "printed", "more", "shown", "at line 1", "broke", "a = 1", "b = 'é'"]


def test_a_line_of_a_cell_is_found_in_the_file(tmp_path):
    path = write(tmp_path / "n.ipynb")
    lines = read_notebook(path)
    raw = path.read_text().split("\n")
    assert "a = 1" in raw[file_line(lines, 2, 1) - 1]
    assert "b = " in raw[file_line(lines, 2, 2) - 1]
    printed = next(line for line in lines if line.text == "printed")
    assert "printed" in raw[printed.file_line - 1]
    assert (printed.cell, printed.row) == (2, 0)


def test_a_notebook_on_one_line_has_its_cells_there(tmp_path):
    assert {line.file_line for line in read_notebook(write(tmp_path / "n.ipynb", indent=None))} == {1}


@pytest.mark.parametrize("text", ["", "[]", '{"cells": 3}', '{"cells": [1, {"source": 5, "outputs": [2]}]}'])
def test_what_is_no_notebook_has_no_lines(tmp_path, text):
    (tmp_path / "n.ipynb").write_text(text)
    assert read_notebook(tmp_path / "n.ipynb") == []
