import nbformat
import pytest
from toy_course import TOY, cell, make_course

from autograder.course import Course, CourseError
from autograder.release import grading_master, release


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("course"))
    return course, release(course), (course.exercises / "toy" / "toy.ipynb").read_bytes()


def test_students_get_stubs_in_place_of_solutions(released):
    notebook = nbformat.reads(released[2].decode(), as_version=4)
    assert cell(notebook, "double").source == "def double(x):\n    raise NotImplementedError"
    assert "Because" not in cell(notebook, "why").source


def test_students_get_visible_tests_and_no_hidden_ones(released):
    text = released[2].decode()
    assert "check.value(2.0" in text
    for secret in ("HIDDEN", "secret case", "another number", "SOLUTION", "2 * x"):
        assert secret not in text


def test_the_instructors_source_keeps_solutions_and_hidden_tests(released):
    text = (released[0].source / "toy" / "toy.ipynb").read_text()
    assert "2 * x" in text and "secret case" in text


def test_a_second_release_gives_the_same_bytes(released):
    course, _, first = released
    assert release(course) == []
    assert (course.exercises / "toy" / "toy.ipynb").read_bytes() == first


def test_cell_ids_are_the_grade_ids_or_count_the_cells(released):
    ids = [c.id for c in nbformat.reads(released[2].decode(), as_version=4).cells]
    assert ids == ["toy-0", "setup", "softmax", "test_softmax", "toy-4", "double", "test_double", "why"]


def test_a_release_changes_nothing_but_exercises_and_build(released):
    course = released[0]
    names = {path.name for path in course.root.iterdir()}
    assert names - {"__pycache__"} == {"solutions", "nbgrader_config.py", "exercises", "_build"}


def test_check_names_what_is_out_of_step_and_leaves_it_so(tmp_path):
    course = make_course(tmp_path)
    stale = course.exercises / "gone" / "gone.ipynb"
    stale.parent.mkdir(parents=True)
    stale.write_text("{}")
    wanted = ["exercises/gone/gone.ipynb", "exercises/toy/toy.ipynb"]
    assert [path.as_posix() for path in release(course, check=True)] == wanted
    assert stale.exists() and not (course.exercises / "toy").exists() and not course.source.exists()
    release(course)
    assert not stale.exists() and release(course, check=True) == []


def test_files_beside_a_solution_are_released_with_it(tmp_path):
    course = make_course(tmp_path)
    (course.root / "solutions" / "toy" / "digits.csv").write_text("1,2\n")
    release(course)
    assert (course.exercises / "toy" / "digits.csv").read_text() == "1,2\n"
    assert not (course.exercises / "toy" / "toy.md").exists()


def test_a_solution_region_without_an_end_is_refused_with_its_file(tmp_path):
    course = make_course(tmp_path)
    course.solution("toy").write_text(TOY.replace("### END SOLUTION", "", 1))
    with pytest.raises(CourseError, match="toy.md.*solution"):
        release(course)


def test_a_folder_that_is_no_course_is_said_to_be_none(tmp_path):
    with pytest.raises(CourseError, match="not inside a course"):
        Course.find(tmp_path)


def test_the_grading_master_has_hidden_tests_and_no_solution(tmp_path):
    master = grading_master(make_course(tmp_path), "toy")
    assert "secret case" in cell(master, "test_softmax").source
    assert not any("SOLUTION" in c.source for c in master.cells)


@pytest.mark.slow
def test_the_exercises_of_this_course_are_in_step(request):
    assert release(Course(request.config.rootpath), check=True) == []
