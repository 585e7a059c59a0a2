import json
import os
import threading

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.master import role
from autograder.submissions import LARGEST, Unreadable, find, read


def code(source, **metadata):
    return {"cell_type": "code", "id": "a", "metadata": metadata, "source": source, "outputs": []}


def notebook(*cells, **changes):
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)} | changes


@pytest.fixture
def written(tmp_path):
    def write(content):
        path = tmp_path / "toy" / "toy.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    return write


def sentence(path):
    with pytest.raises(Unreadable) as problem:
        read(path)
    text = str(problem.value)
    assert "\n" not in text and text.endswith(".") and "toy" in text
    return text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xef\xbb\xbf", "not valid JSON"),
        (b"{", "not valid JSON in line 1"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "not a text file (line 1 is not UTF-8)"),
        (b'{"cells": [],\n "a": "L\xf6sung"}', "not a text file (line 2 is not UTF-8)"),
        (b'{"a": "\xc3', "not a text file (line 1"),
        (b"\xef\xbb\xbf \n<!DOCTYPE html>", "is a web page"),
        (b"PK\x03\x04\x14", "is a zip archive"),
        (b"\x1f\x8b\x08", "is a gzip archive"),
        (b"7z\xbc\xaf\x27\x1c", "is a 7z archive"),
        (b"Rar!\x1a\x07", "is a rar archive"),
        (b"%PDF-1.7", "is a PDF"),
        (notebook(*[code("")] * 5001), "has 5001 cells, more than 5000"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"nbformat":' + b"9" * 5000 + b"}", "not valid JSON"),
        (b"null", "not a notebook"),
        (b"[]", "not a notebook"),
        ({"cells": []}, "not a notebook"),
        (notebook(nbformat=3), "format 3"),
        (notebook(nbformat=99), "format 99"),
        (notebook(nbformat="4"), "not a notebook"),
        (notebook(nbformat=True), "not a notebook"),
        (notebook(cells={}), "no list of cells"),
        (notebook(cells=None), "no list of cells"),
        (notebook("text"), "cell 1 is neither"),
        (notebook({"cell_type": ["code"], "source": ""}), "cell 1 is neither"),
        (notebook(code("x"), {"cell_type": "code"}), "cell 2 has no source"),
        (notebook(code(["x", 1])), "cell 1 has no source"),
        (notebook(metadata={"kernelspec": {"name": "ir", "language": "R"}}), "notebook for R"),
        (notebook(metadata={"language_info": {"name": "julia"}}), "notebook for julia"),
    ],
)
def test_a_broken_notebook_becomes_one_sentence(written, content, said):
    assert said in sentence(written(content))


def test_a_huge_file_is_refused_after_twenty_megabytes(written):
    path = written(b"")
    os.truncate(path, 10**12)  # sparse: reading it all would take a terabyte
    assert f"larger than {LARGEST // 10**6} MB" in sentence(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_notebook_that_was_saved_in_another_encoding_of_unicode_is_read(written, encoding):
    text = json.dumps(notebook(code("x = 'ö'")), ensure_ascii=False)
    assert read(written(text.encode(encoding))).cells[0].source == "x = 'ö'"


@pytest.mark.parametrize("name", ["toy (1).ipynb", "Toy.ipynb", "toy.IPYNB", "toy.ipynb.txt"])
def test_a_missing_file_is_said_to_be_missing_and_a_misnamed_one_is_named(written, name):
    path = written(b"")
    path.rename(path.with_name(name))
    (path.parent / ".ipynb_checkpoints").mkdir()
    assert f"there is {name}, rename it" in sentence(path)
    (path.parent / name).unlink()
    assert "missing from the folder: hand it in" in sentence(path)


@pytest.mark.parametrize("closed", ["is_symlink", "iterdir"])
def test_a_folder_that_may_not_be_looked_into_is_one_sentence(written, monkeypatch, closed):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    path = written(b"").with_name("other.ipynb")
    monkeypatch.setattr(type(path), closed, refuse)
    text = str(pytest.raises(Unreadable, read, path).value)
    assert text == "other.ipynb cannot be opened (Permission denied): hand in the notebook again."


def test_a_folder_in_place_of_the_file_is_refused(written):
    path = written(b"")
    path.unlink()
    path.mkdir()
    assert "is a folder" in sentence(path)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "toy").write_text("")
    assert "is a file" in sentence(tmp_path / "toy" / "toy.ipynb")


def test_a_link_is_not_followed_wherever_it_leads(written, tmp_path):
    path = written(notebook(code("secret = 1")))
    path.rename(tmp_path / "elsewhere.ipynb")
    for target in (tmp_path / "elsewhere.ipynb", "/dev/zero", "nowhere"):
        path.symlink_to(target)
        assert "symbolic link" in sentence(path)
        path.unlink()
    (tmp_path / "linked").symlink_to(tmp_path / "toy")
    assert "symbolic link" in str(pytest.raises(Unreadable, read, tmp_path / "linked" / "toy.ipynb").value)


def test_a_fifo_does_not_block(written):
    path = written(b"")
    path.unlink()
    os.mkfifo(path)
    said = []
    reader = threading.Thread(target=lambda: said.append(sentence(path)), daemon=True)
    reader.start()
    reader.join(timeout=5)
    assert said and "not an ordinary file" in said[0]


def test_what_is_read_is_type_source_and_role_alone(written):
    meta = {"nbgrader": {"grade_id": "f", "solution": True, "points": 100}, "tags": ["x"]}
    submitted = notebook(code(["a = 1\n", "b"], **meta), {"cell_type": "raw", "source": "r", "metadata": []})
    submitted["cells"][0]["outputs"] = [{"output_type": "stream", "text": "✓ passed"}]
    result = read(written(submitted))
    assert [(c.cell_type, c.source) for c in result.cells] == [("code", "a = 1\nb"), ("raw", "r")]
    assert role(result.cells[0]) == {"grade_id": "f", "grade": False, "solution": True}
    assert result.cells[0].outputs == [] and set(result.cells[0].metadata) == {"nbgrader"}


def test_python_under_another_kernels_name_is_read(written):
    kernel = {"kernelspec": {"name": "conda-ml", "display_name": "ML", "language": "python"}}
    assert read(written(notebook(code("x"), metadata=kernel))).metadata.kernelspec.name == "conda-ml"


def test_half_a_surrogate_can_be_written_again(written):
    result = read(written(b'{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "source": "\\ud800"}]}'))
    nbformat.writes(result).encode("utf-8")


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {"nbformat": st.sampled_from([4, 4, 4, 3]) | json_values},
        optional={
            "metadata": json_values | st.dictionaries(st.sampled_from(["kernelspec", "language_info"]), json_values),
            "cells": st.lists(
                st.dictionaries(
                    st.sampled_from(["cell_type", "source", "metadata", "id"]),
                    st.sampled_from(["code", "markdown", "raw"]) | json_values,
                )
            )
            | json_values,
        },
    )
)
def test_whatever_json_comes_is_a_valid_notebook_or_one_sentence(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "toy" / "toy.ipynb"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(data))
    try:
        nbformat.validate(read(path))
    except Unreadable as problem:
        assert str(problem).endswith(".") and "\n" not in str(problem)


def test_odd_students_are_found_and_the_rest_is_reported(tmp_path):
    for student in ("ada", "-rf", " two words", "Žofie", ".hidden", "=cmd()"):
        (tmp_path / student / "toy").mkdir(parents=True)
    (tmp_path / "ada" / "essay").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "nobody").mkdir()
    (tmp_path / "grades.csv").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "ada")
    found, skipped = find(tmp_path, ["toy"])
    assert [s.student for s in found] == [" two words", "-rf", ".hidden", "=cmd()", "ada", "Žofie"]
    assert {line.split(" is ")[0] for line in skipped} == {".git", "ada/essay", "grades.csv", "link", "nobody"}


def test_a_name_that_is_not_utf8_or_has_controls_is_shown_with_escapes(tmp_path):
    for raw in (b"\xffname", b"red\x1b[31m"):
        os.makedirs(os.path.join(os.fsencode(tmp_path), raw, b"toy"))
    found, _ = find(tmp_path, ["toy"])
    assert [s.student for s in found] == ["red\\x1b[31m", "\\xffname"]


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (b"a\nb", b"a\\nb", "a\\nb is shown like another folder's name: skipped"),
        (b"ada", b"\xff" * 100, "is longer than 255 bytes, written out: skipped"),
    ],
)
def test_of_students_whose_results_would_have_no_place_of_their_own_one_is_told(tmp_path, one, other, said):
    for raw in (one, other):
        os.makedirs(os.path.join(os.fsencode(tmp_path), raw, b"toy"))
    found, [line] = find(tmp_path, ["toy"])
    assert len(found) == 1 and said in line and line.isprintable()
