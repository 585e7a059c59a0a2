import copy
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.results import CellResult, NotResults, SubmissionResult, clean, read, validate, write

GRADED = SubmissionResult(
    "ada", "toy", 2.0, 5.0, "graded",
    cells=[CellResult("test_a", 2.0, 2.0, "passed"), CellResult("test_b", 0.0, 3.0, "failed", "b is wrong", "halved")],
)  # fmt: skip
BROKEN = SubmissionResult("bob", "toy", 0.0, 5.0, "error", message="toy.ipynb is empty.")


@pytest.fixture
def data(tmp_path):
    write(tmp_path / "results.json", 7, [GRADED, BROKEN])
    return json.loads((tmp_path / "results.json").read_text())


def test_what_is_written_is_what_was_found(data):
    assert data["seed"] == 7
    assert data["results"][0]["cells"][1] == {
        "grade_id": "test_b", "score": 0.0, "max_score": 3.0, "status": "failed", "message": "b is wrong",
        "misconception": "halved",
    }  # fmt: skip
    assert data["results"][1]["message"] == "toy.ipynb is empty."
    assert "message" not in data["results"][0] and "notes" not in data["results"][0]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("seed",), "7", r"\$.seed"),
        (("seed",), None, r"\$.seed"),
        (("results", 0, "status"), "fine", "status"),
        (("results", 0, "score"), -1, "score"),
        (("results", 0, "score"), 5.0, "ada, toy: score is 5.0, and its cells add up to 2.0"),
        (("results", 0, "max_score"), 4.0, "max_score is 4.0"),
        (("results", 0, "cells", 0, "status"), "graded", "status"),
        (("results", 0, "cells", 0, "misconception"), 3, "misconception"),
        (("results", 0, "extra"), 1, "extra"),
        (("results", 1, "message"), "", "message"),
        (("results", 1, "cells"), [{}], "cells"),
        (("results", 1, "student"), "", "student"),
    ],
)
def test_data_that_break_a_rule_are_refused_with_the_place(data, path, value, said):
    broken = copy.deepcopy(data)
    *way, last = path
    inner = broken
    for step in way:
        inner = inner[step]
    inner[last] = value
    with pytest.raises(NotResults, match=said):
        validate(broken)


@pytest.mark.parametrize("score", ["NaN", "1e999", "1" + "0" * 400, "[" * 100_000], ids=["nan", "inf", "huge", "deep"])
def test_what_json_can_say_and_no_score_is_is_refused(data, tmp_path, score):
    text = json.dumps(data)
    path = tmp_path / "results.json"
    path.write_text(text.replace(f'"score": {data["results"][0]["score"]}', f'"score": {score}', 1))
    assert path.read_text() != text
    with pytest.raises(NotResults):
        read(path)


def test_an_error_without_a_sentence_is_refused(data):
    del data["results"][1]["message"]
    with pytest.raises(NotResults, match="message"):
        validate(data)


def test_a_submission_may_have_one_result_only(data):
    data["results"].append(data["results"][1])
    with pytest.raises(NotResults, match="bob has 2 results"):
        validate(data)


def test_invalid_results_leave_an_earlier_file_alone(tmp_path):
    path = tmp_path / "results.json"
    write(path, 7, [GRADED])
    before = path.read_bytes()
    with pytest.raises(NotResults):
        write(path, 7, [GRADED, GRADED])
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_clean_takes_out_what_acts_on_a_terminal():
    assert clean("\x1b[31mred\x1b[0m \x1b]0;title\x07end\x08\x00\u202etxt\ud800\n\tkept") == "red endtxt\n\tkept"


@given(st.text(), st.integers(10, 100))
def test_clean_text_is_short_and_has_no_controls(text, longest):
    cleaned = clean(text, longest)
    assert len(cleaned) <= longest
    assert all(c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs") for c in cleaned)
    assert clean(cleaned, longest) == cleaned
