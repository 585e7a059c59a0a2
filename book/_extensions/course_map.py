"""The map of the course: a picture, a list and paths, all drawn from the one table book/ideas.toml.

The picture has a line for each idea, in the order of the book. An arc leads from an idea up to one that it needs.
"""

import tomllib
from dataclasses import dataclass
from html import escape

from course import ROOT, Generated
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

SOURCE = ROOT / "book" / "ideas.toml"
# Lengths in the picture, in its own units; 358 of them are the width of a phone's column.
WIDTH, ROW, RAIL = 358, 23, 118


@dataclass(frozen=True)
class Idea:
    """An idea, named by the label of its section; `needs` are labels too."""

    label: str
    chapter: str
    name: str
    needs: tuple[str, ...]


def read_map() -> tuple[dict[str, Idea], dict[str, str], dict[str, dict]]:
    """All ideas by their labels, in the order of the book; the names of the chapters; the table of the paths."""
    table = tomllib.loads(SOURCE.read_text("utf-8"))
    chapters, paths = table.pop("chapters"), table.pop("paths")
    ideas = {
        label: Idea(label, chapter, entry["name"], tuple(entry["needs"]))
        for chapter, entries in table.items()
        for label, entry in entries.items()
    }
    return ideas, chapters, paths


def everything_needed(ideas, goals) -> list[Idea]:
    """The goals and all that they need, directly or not, in the order of the book."""
    found, waiting = set(), list(goals)
    while waiting:
        label = waiting.pop()
        if label not in found:
            found.add(label)
            waiting.extend(ideas[label].needs)
    return [idea for label, idea in ideas.items() if label in found]


def chapter_label(chapter) -> str:
    return "chapter-" + chapter.replace("_", "-")


def by_chapter(ideas) -> dict[str, list[Idea]]:
    groups = {}
    for idea in ideas:
        groups.setdefault(idea.chapter, []).append(idea)
    return groups


def chapter_reference(chapter, chapters) -> str:
    return f"{{ref}}`{chapters[chapter]} <{chapter_label(chapter)}>`"


def reference(idea) -> str:
    return f"{{ref}}`{idea.name} <{idea.label}>`"


class picture(nodes.General, nodes.Element):
    """Where the map is drawn, once all labels are known."""


class CourseMap(SphinxDirective):
    """`{course-map}`: the picture."""

    def run(self):
        self.env.note_dependency(str(SOURCE))
        return [picture()]


class MapAsList(Generated):
    """`{map-as-list}`: the picture in words, for whoever cannot see it and for paper."""

    required_arguments = 0

    def run(self):
        self.env.note_dependency(str(SOURCE))
        ideas, chapters, _ = read_map()
        lines = []
        for chapter, group in by_chapter(ideas.values()).items():
            lines.append(f"\n{chapter_reference(chapter, chapters)}\n")
            for idea in group:
                needs = ", ".join(reference(ideas[label]) for label in idea.needs) or "nothing"
                lines.append(f"- {reference(idea)} needs {needs}.")
        return self.parse_content_to_nodes_from(lines)


class CoursePath(Generated):
    """`{course-path} evening`: the ideas of one way through the book, chapter by chapter."""

    def text(self, name):
        self.env.note_dependency(str(SOURCE))
        ideas, chapters, paths = read_map()
        chosen = everything_needed(ideas, paths[name]["goals"])
        lines = [f"{paths[name]['about']} {len(chosen)} of {len(ideas)} ideas.\n"]
        for chapter, group in by_chapter(chosen).items():
            lines.append(f"- {chapter_reference(chapter, chapters)}: " + ", ".join(map(reference, group)))
        return "\n".join(lines)


def draw(ideas, chapters, address) -> str:
    """The picture as SVG; `address` turns a label into a link."""
    heights, parts, y = {}, [], 0
    hues = {chapter: f"hue-{number % 4}" for number, chapter in enumerate(chapters)}
    for chapter, group in by_chapter(ideas.values()).items():
        y += ROW * 1.25
        heading = f'<text class="chapter" x="{RAIL + 14}" y="{y}">{escape(chapters[chapter])}</text>'
        parts.append(f'<a href="{address(chapter_label(chapter))}">{heading}</a>')
        for idea in group:
            y += ROW
            heights[idea.label] = y - 5
            arcs = "".join(arc(heights[label], heights[idea.label], hues[ideas[label].chapter]) for label in idea.needs)
            kind = "idea" if idea.needs else "idea root"
            parts.append(
                f'<g class="{kind}">{arcs}<circle class="{hues[chapter]}" cx="{RAIL}" cy="{y - 5}" r="4"/>'
                f'<a href="{address(idea.label)}"><text x="{RAIL + 14}" y="{y}">{escape(idea.name)}</text></a></g>'
            )
    return (
        f'<svg class="course-map" viewBox="0 0 {WIDTH} {y + 10}" role="group" aria-label="Map of the course: '
        f'{len(ideas)} ideas, each a link to its section. Which needs which is said in the list below.">'
        f"{''.join(parts)}</svg>"
    )


def arc(top, bottom, hue) -> str:
    """From an idea at the height `bottom` to the one at `top` that it needs; the longer, the further out."""
    reach = min(RAIL - 8, 12 + 3.4 * ((bottom - top) / ROW) ** 1.05)
    half = (bottom - top) / 2
    return f'<path class="{hue}" d="M{RAIL - 5} {bottom} A{reach:.1f} {half} 0 0 1 {RAIL - 5} {top}"/>'


def draw_on_paper(ideas, chapters, link) -> str:
    """The picture as TikZ, a row being one unit; `link` turns a label and its text into a link."""
    heights, parts, y = {}, [], 0
    hues = {chapter: f"hue-{number % 4}" for number, chapter in enumerate(chapters)}
    for chapter, group in by_chapter(ideas.values()).items():
        y += 1.25
        parts.append(rf"\node[chapter] at (0.5, {-y}) {{{link(chapter_label(chapter), chapters[chapter])}}};")
        for idea in group:
            y += 1
            heights[idea.label] = y
            for needed in (ideas[label] for label in idea.needs):
                rows = y - heights[needed.label]
                reach = min(4.8, 0.5 + 0.15 * rows**1.05)
                arc = f"arc[start angle=270, end angle=90, x radius={reach:.2f}, y radius={rows / 2}]"
                parts.append(rf"\draw[{hues[needed.chapter]}] (-0.2, {-y}) {arc};")
            fill = hues[chapter] if idea.needs else "white"
            parts.append(rf"\draw[{hues[chapter]}, fill={fill}] (0, {-y}) circle[radius=0.15];")
            parts.append(rf"\node[idea] at (0.5, {-y}) {{{link(idea.label, idea.name)}}};")
    return "\n".join([r"\begin{coursemap}", *parts, r"\end{coursemap}"])


def visit_picture(translator, node):
    ideas, chapters, _ = read_map()
    builder = translator.builder
    labels = builder.env.get_domain("std").labels

    def address(label):
        page, anchor, _ = labels[label]
        return f"{builder.get_relative_uri(builder.current_docname, page)}#{anchor}"

    translator.body.append(draw(ideas, chapters, address))
    raise nodes.SkipNode


def visit_picture_on_paper(translator, node):
    ideas, chapters, _ = read_map()
    labels = translator.builder.env.get_domain("std").labels

    def link(label, text):
        page, anchor, _ = labels[label]
        return f"{translator.hyperlink(f'{page}:{anchor}')}{translator.encode(text)}}}}}"

    translator.body.append(draw_on_paper(ideas, chapters, link))
    raise nodes.SkipNode


def leave_out(translator, node):
    raise nodes.SkipNode


def setup(app):
    app.add_directive("course-map", CourseMap)
    app.add_directive("map-as-list", MapAsList)
    app.add_directive("course-path", CoursePath)
    on_paper = (visit_picture_on_paper, None)
    app.add_node(picture, html=(visit_picture, None), latex=on_paper, text=(leave_out, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
