"""The map of the course: its table, and what is drawn from it."""

import re
import sys
from xml.etree import ElementTree

import pytest
from masters import EXERCISES, ROOT

from autograder.course import Course

sys.path.append(str(ROOT / "book" / "_extensions"))
from course_map import by_chapter, chapter_label, draw, everything_needed, read_map  # noqa: E402

IDEAS, CHAPTERS, PATHS = read_map()
TEXTS = {chapter: (ROOT / "book" / f"{chapter}.md").read_text("utf-8") for chapter in CHAPTERS}


def test_the_chapters_come_in_the_order_of_the_book():
    toc = re.findall(r"file: book/(\w+)$", (ROOT / "_toc.yml").read_text("utf-8"), re.MULTILINE)
    # The capstone asks for what the chapters teach, and teaches no idea of its own.
    chapters = [name for name in toc if name in EXERCISES and name != "capstone"]
    assert chapters == list(CHAPTERS) == list(by_chapter(IDEAS.values()))
    assert Course(ROOT).names == EXERCISES


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_idea_is_a_section_of_its_chapter_and_they_stand_in_the_order_of_the_text(chapter):
    labels = re.findall(r"^\(([\w-]+)\)=$", TEXTS[chapter], re.MULTILINE)
    ideas = [idea.label for idea in by_chapter(IDEAS.values())[chapter]]
    assert chapter_label(chapter) in labels
    assert [label for label in labels if label in ideas] == ideas


def test_no_idea_needs_one_that_comes_later_so_that_there_is_no_circle():
    places = {label: place for place, label in enumerate(IDEAS)}
    for idea in IDEAS.values():
        for needed in idea.needs:
            assert places[needed] < places[idea.label], (idea.label, needed)


def test_no_arc_repeats_what_others_say_together():
    for idea in IDEAS.values():
        for needed in idea.needs:
            others = [other for other in idea.needs if other != needed]
            assert IDEAS[needed] not in everything_needed(IDEAS, others), (idea.label, needed)


def test_the_names_of_the_ideas_differ_and_fit_beside_the_arcs_on_a_phone():
    for group in by_chapter(IDEAS.values()).values():
        names = [idea.name for idea in group]
        assert len(set(names)) == len(names)
        assert max(map(len, names)) <= 28


@pytest.mark.parametrize("path", PATHS)
def test_a_path_contains_whatever_its_ideas_need_and_nothing_besides(path):
    goals = PATHS[path]["goals"]
    chosen = [idea.label for idea in everything_needed(IDEAS, goals)]
    assert set(goals) <= set(chosen)
    assert chosen == sorted(chosen, key=list(IDEAS).index)
    for label in chosen:
        assert set(IDEAS[label].needs) <= set(chosen)
        assert label in goals or any(label in IDEAS[later].needs for later in chosen)


def test_every_path_is_on_the_page_and_the_page_knows_no_other():
    page = (ROOT / "book" / "map.md").read_text("utf-8")
    assert sorted(re.findall(r"\{course-path\} (\w+)", page)) == sorted(PATHS)


def test_the_picture_has_a_link_for_each_idea_and_an_arc_for_each_need():
    picture = ElementTree.fromstring(draw(IDEAS, CHAPTERS, lambda label: f"#{label}"))
    assert {link.get("href") for link in picture.iter("a")} == {
        f"#{label}" for label in [*IDEAS, *map(chapter_label, CHAPTERS)]
    }
    heights = {c.get("cy"): link for c, link in zip(picture.iter("circle"), IDEAS)}
    drawn = set()
    for path in picture.iter("path"):
        bottom, top = re.fullmatch(r"M\d+ ([\d.]+) A.* \d+ ([\d.]+)", path.get("d")).groups()
        drawn.add((heights[bottom], heights[top]))
    assert drawn == {(idea.label, needed) for idea in IDEAS.values() for needed in idea.needs}
