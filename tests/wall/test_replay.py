"""What hangs or ends its process costs its own answer only."""

import numpy as np
import pytest

from autograder.wall import NoAnswer

STUBBORN = """
def {name}():
    while True:
        try:
            while True:
                pass
        except KeyboardInterrupt:
            pass
"""


def last(outputs):
    return outputs[-1]["ename"], outputs[-1]["evalue"]


def test_an_endless_function_costs_its_own_answer_only(hasty):
    hasty.run("def good(x): return x + 1")
    hasty.run("def endless():\n    while True: pass")
    hasty.run("k = 5\ndef late(): return k")
    with pytest.raises(NoAnswer, match="endless did not answer within 1 s"):
        hasty.function("endless")()
    assert hasty.function("good")(1) == 2 and hasty.function("late")() == 5


@pytest.mark.slow
def test_a_function_that_stops_for_an_interrupt_leaves_the_process_as_it_is(hasty):
    hasty.run("k = 0\ndef endless():\n    global k\n    k = 7\n    while True: pass\ndef state(): return k")
    with pytest.raises(NoAnswer):
        hasty.function("endless")()
    assert hasty.function("state")() == 7


@pytest.mark.slow
def test_a_function_that_does_not_stop_is_ended_and_the_cells_are_run_again(hasty):
    hasty.run("k = 0\ndef state(): return k\ndef change():\n    global k\n    k = 7")
    hasty.run(STUBBORN.format(name="endless"))
    hasty.function("change")()
    with pytest.raises(NoAnswer, match="endless did not answer within 1 s"):
        hasty.function("endless")()
    assert hasty.function("state")() == 0


@pytest.mark.parametrize(
    "end",
    ["os._exit(0)", "ctypes.string_at(0)", "os.closerange(0, 999)", "os.abort()"],
)
def test_a_function_that_ends_its_process_costs_its_own_answer_only(student, end):
    student.run(f"import os, sys, ctypes, signal\ndef good(): return 1\ndef bad():\n    {end}")
    with pytest.raises(NoAnswer, match="bad ended the process|bad did not answer"):
        student.function("bad")()
    assert student.function("good")() == 1


@pytest.mark.slow
def test_a_function_without_an_answer_is_not_called_for_ever(hasty):
    hasty.run(
        "calls = 0\ndef endless():\n    global calls\n    calls += 1\n    while True: pass\ndef called(): return calls"
    )
    for _ in range(20):
        with pytest.raises(NoAnswer):
            hasty.function("endless")()
    assert hasty.function("called")() <= 3
    hasty.run("def endless(): return 3")
    assert hasty.function("endless")() == 3


def test_a_cell_that_does_not_end_says_so_and_what_it_defined_stays(hasty):
    outputs = hasty.run("print('begun')\ndef f(): return 1\nwhile True: pass")
    assert last(outputs) == ("CellTimeoutError", "the cell did not end within 1.5 s")
    assert outputs[0]["text"] == "begun\n"
    assert hasty.function("f")() == 1


@pytest.mark.slow
def test_a_cell_that_cannot_be_interrupted_is_not_run_again_but_its_functions_are_there(hasty):
    hasty.run("def before(): return 0")
    outputs = hasty.run("import math\ndef f(): return math.floor(1.5)\n" + STUBBORN.format(name="g") + "\ng()")
    assert last(outputs)[0] == "CellTimeoutError"
    assert hasty.function("f")() == 1 and hasty.function("before")() == 0
    hasty.run("def after(): return 2")
    assert hasty.function("after")() == 2
    assert hasty._restarts == 2  # the first start, and one more


@pytest.mark.parametrize("end", ["os._exit(0)", "ctypes.string_at(0)", "os.closerange(0, 999)"])
def test_a_cell_that_ends_its_process_does_not_take_its_functions_along(student, end):
    outputs = student.run(f"import os, ctypes\ndef f(): return 1\n{end}\ndef g(): return 2")
    assert last(outputs)[0] == "DeadProcessError"
    assert student.function("f")() == 1 and student.function("g")() == 2
    assert student.run("f()")[-1]["data"]["text/plain"] == "1"


@pytest.mark.slow
def test_a_cell_whose_definitions_hang_is_left_out_of_replays(hasty):
    hasty.run("def good(): return 1")
    body = STUBBORN.format(name="_").replace("def _():", "class Endless:")
    hasty.run("def lost(): return 2" + body)
    assert hasty.function("good")() == 1  # after the second attempt
    before = hasty._restarts
    hasty.run("import os\ndef die(): os._exit(0)")
    with pytest.raises(NoAnswer):
        hasty.function("die")()
    assert hasty.function("good")() == 1
    assert hasty._restarts == before + 1


def test_restarts_are_bounded(wall):
    with wall.session() as student:
        student.run("import os")
        for _ in range(wall._limits.restarts + 3):
            outputs = student.run("os._exit(0)")
        assert last(outputs) == ("NotRun", "the submission ended its process too often")
        with pytest.raises(NoAnswer, match="too often"):
            student.function("f")()


@pytest.mark.slow
def test_a_submission_s_time_is_bounded():
    from autograder.wall import Limits, Wall

    with Wall(Limits(cell_seconds=1.0, call_seconds=1.0, session_seconds=2.0)) as wall, wall.session() as student:
        student.run("import time\ndef f(): time.sleep(5)\ndef g(): return 1")
        for _ in range(6):
            student.run("time.sleep(5)")
            with pytest.raises(NoAnswer):
                student.function("f")()
        with pytest.raises(NoAnswer, match="used up its 2 s"):
            student.function("g")()


def test_what_is_lost_with_a_process_is_said(student):
    student.run("import os\ndef adder(n): return lambda x: x + n\ndef die(): os._exit(0)")
    add = student.function("adder")(1)
    with pytest.raises(NoAnswer):
        student.function("die")()
    with pytest.raises(NoAnswer, match="gone with the process"):
        add(1)
    assert student.function("adder")(1)(1) == 2


def test_a_process_that_dies_in_a_callback_costs_the_outer_answer(student):
    student.run("import os\ndef apply(f, x): return f(x)\ndef die(x): os._exit(0)\ndef good(): return 1")
    apply, die = student.function("apply"), student.function("die")
    with pytest.raises(NoAnswer):
        apply(lambda x: die(x), 1)
    assert student.function("good")() == 1


def test_an_interrupt_of_the_teacher_s_leaves_a_session_that_can_go_on(student):
    student.run("def apply(f): return f()\ndef good(): return 1")

    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        student.function("apply")(interrupted)
    assert student.function("good")() == 1


def test_random_numbers_are_the_same_in_every_run(wall):
    drawn = []
    for _ in range(2):
        with wall.session() as student:
            student.run(
                "import random, numpy as np\n"
                "def f(): return (random.random(), np.random.normal(), list({'a', 'b', 'c'}))"
            )
            drawn.append(student.function("f")())
    assert drawn[0] == drawn[1] and np.isfinite(drawn[0][1])
