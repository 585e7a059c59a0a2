import nbformat
import pytest

from autograder.messages import FINDING_MIME, Finding
from autograder.verdict import failure, hidden, misconception


def ran(*outputs):
    return nbformat.v4.new_code_cell(outputs=list(outputs))


def error(ename, evalue):
    return nbformat.v4.new_output("error", ename=ename, evalue=evalue, traceback=["somewhere"])


def finding(name):
    return nbformat.v4.new_output("display_data", data={FINDING_MIME: {"misconception": name, "kind": "values"}})


def message(cell, *others):
    return failure(cell, nbformat.v4.new_notebook(cells=[*others, cell]))


def test_a_cell_without_an_error_has_no_failure_whatever_it_printed():
    assert message(ran(nbformat.v4.new_output("stream", name="stderr", text="Error!"))) == ""


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        ([error("CheckFailed", "f: wrong\n  got 1")], "f: wrong\n  got 1"),
        ([error("AssertionError", "")], "no reason is given"),
        ([error("CellTimeoutError", "")], "the cell ran too long, and was stopped"),
        ([error("KeyboardInterrupt", "")], "the cell ran too long, and was stopped"),
        ([error("ZeroDivisionError", "division \x1b[31mby zero")], "ZeroDivisionError: division by zero"),
    ],
)
def test_a_failure_is_said_in_plain_words(outputs, said):
    assert message(ran(*outputs)) == said


def test_a_missing_name_is_traced_to_the_cell_of_that_answer_only():
    broken = ran(error("SyntaxError", "invalid syntax"))
    broken.metadata.nbgrader = {"solution": True, "grade_id": "f"}
    missing = "name '{}' is not defined"
    assert message(ran(error("NameError", missing.format("f"))), broken).endswith("SyntaxError: invalid syntax")
    assert message(ran(error("NameError", missing.format("g"))), broken) == "NameError: name 'g' is not defined"


def test_the_last_finding_names_the_misconception():
    assert misconception(ran(finding("first"), finding("second"))) == "second"
    assert misconception(ran(finding(None))) is None
    assert misconception(ran()) is None


def test_the_last_finding_says_whether_its_check_was_hidden():
    records = [Finding("f", "values", "wrong", hidden=of).record for of in (False, True)]
    outputs = [nbformat.v4.new_output("display_data", data={FINDING_MIME: record}) for record in records]
    assert hidden(ran(*outputs)) is True and hidden(ran(*reversed(outputs))) is False and hidden(ran()) is False


@pytest.mark.parametrize("record", ["text", ["list"], {"misconception": 7, "hidden": "yes"}, {}])
def test_a_malformed_finding_names_nothing(record):
    output = nbformat.v4.new_output("display_data", data={FINDING_MIME: record})
    assert misconception(ran(output)) is None and hidden(ran(output)) is False
