import hashlib

import pytest
from masters import functions, run_tests_of, solved

from autograder import misconceptions
from autograder.course import Course
from autograder.master import into_master, role
from autograder.release import grading_master
from autograder.sample_class import CLASS, make_class, source_of
from autograder.submissions import Unreadable, find, read

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def course(request):
    return Course(request.config.rootpath)


@pytest.fixture(scope="module")
def folder(course, tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    make_class(folder, course=course)
    return folder


def digest(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [(path.relative_to(folder), hashlib.sha256(path.read_bytes()).hexdigest()) for path in files]


def answers(path):
    return {role(c)["grade_id"]: c.source for c in read(path).cells if role(c).get("solution")}


def test_the_same_seed_gives_the_same_class_and_another_one_another(course, folder, tmp_path):
    make_class(tmp_path / "same", course=course)
    make_class(tmp_path / "other", seed=1, course=course)
    assert digest(tmp_path / "same") == digest(folder)
    assert digest(tmp_path / "other") != digest(folder)


def test_two_dozen_students_hand_in_and_not_all_of_them_everything(course, folder):
    found, skipped = find(folder, course.names)
    assert skipped == []
    assert {s.student for s in found} == set(CLASS) and len(CLASS) == 24
    assert len(CLASS) < len(found) < len(CLASS) * len(course.names)


def test_some_submissions_are_broken_and_each_of_them_in_its_own_way(course, folder):
    said = {}
    for submission in find(folder, course.names)[0]:
        try:
            read(submission.path)
        except Unreadable as problem:
            said[submission.student] = str(problem)
    assert set(said) == {"daniel", "kurt", "pierre", "tycho", "urania"}


def test_no_submission_shows_a_hidden_test(folder):
    for path in folder.rglob("*.ipynb"):
        assert b"HIDDEN" not in path.read_bytes() and b"BEGIN SOLUTION" not in path.read_bytes()


def test_the_notebook_in_disorder_is_mended(course, folder):
    for submission in find(folder, course.names)[0]:
        if submission.student == "sophie":
            master = grading_master(course, submission.assignment)
            mended, notes = into_master(master, read(submission.path))
            assert [role(c) for c in mended.cells] == [role(c) for c in master.cells]
            assert any("lost its id" in note for note in notes) and any("2 times" in note for note in notes)


@pytest.mark.filterwarnings("ignore:careful")
@pytest.mark.parametrize("student", ["ada", "augustin", "grace", "leonhard"])
def test_right_answers_pass_in_every_style(course, folder, student):
    for submission in find(folder, course.names)[0]:
        if submission.student == student:
            name = submission.assignment
            for function, source in answers(submission.path).items():
                if function in functions(name):
                    namespace = solved(name)
                    exec(source, namespace)
                    run_tests_of(name, function, namespace[function])


WRONG = [m for name in misconceptions.exercises() for bank in misconceptions.of_exercise(name).values() for m in bank]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda m: f"{m.of}-{m.name}")
def test_a_misconception_as_handed_in_stands_on_its_own_and_fails(wrong):
    exercise = wrong.run.__module__.rpartition(".")[2]
    source = source_of(wrong)
    assert "@" not in source.replace(" @ ", "") and wrong.explanation[:30] not in source
    namespace = solved(exercise)
    exec(source, namespace)
    with pytest.raises(AssertionError) as failure:
        run_tests_of(exercise, wrong.of, namespace[wrong.of])
    assert failure.value.misconception == wrong.name
