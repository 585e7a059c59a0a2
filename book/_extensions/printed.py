"""The printed book: where what LaTeX is given differs from the pages on a screen. `make pdf` makes it.

Parts get their headings, the welcome stands before the first chapter, and what only a screen can do is left out.
How things look in print is said in `printed.sty`.
"""

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx_proof.nodes import proof_node

# A page, and the label at its head.
ONLY_ON_SCREEN, ITS_LABEL = "book/my-progress", "my-progress"


def name_parts(app, doctree):
    """Puts the heading of a part before its chapters in the table of contents, for LaTeX alone."""
    for toctree in list(doctree.findall(addnodes.toctree)):
        if caption := toctree.get("caption"):
            wrapper = toctree.parent
            wrapper.parent.insert(wrapper.parent.index(wrapper), _latex(rf"\part{{{caption}}}"))


class ForPaper(SphinxPostTransform):
    """Changes the one document that all pages have become."""

    default_priority = 1
    formats = ("latex",)

    def run(self):
        self.put_the_welcome_first()
        self.leave_out_what_a_screen_is_needed_for()
        for proof in list(self.document.findall(proof_node)):
            proof.replace_self(_without_box(proof[0]))
        for figure in self.document.findall(nodes.figure):
            if "interactive" in figure["classes"]:
                figure[-1].insert(0, nodes.emphasis("", "On a screen, this figure moves. "))

    def put_the_welcome_first(self):
        """The sections of the root page would be chapters, each with a number and a page of its own."""
        root = next(self.document.findall(nodes.section))
        root.insert(1, _latex(r"\welcome"))
        for section in [child for child in root.children if isinstance(child, nodes.section)]:
            title, *body = section.children
            section.replace_self([nodes.rubric("", "", *title.children, ids=section["ids"]), *body])

    def leave_out_what_a_screen_is_needed_for(self):
        for reference in list(self.document.findall(addnodes.pending_xref)):
            if reference["reftarget"] == ITS_LABEL:
                reference.replace_self(nodes.emphasis("", self.env.titles[ONLY_ON_SCREEN].astext()))
        for page in list(self.document.findall(addnodes.start_of_file)):
            if page["docname"] == ONLY_ON_SCREEN:
                page.parent.remove(page)
            # LaTeX moves the bibliography to the end, under a heading of its own.
            elif any("bibliography" in type(node).__name__ for node in page.findall(nodes.Element)):
                page[0].replace_self(page[0].children[1:])
        for node in list(self.document.findall(_needs_a_screen)):
            node.parent.remove(node)


def _needs_a_screen(node):
    """Whether this is the code of a drawing, code of the formula sheet, or an exercise card's link into the site."""
    match node:
        case nodes.container() if node.get("nb_element") == "cell_code_source":
            return node.parent.get("hide_mode") == "input"
        case nodes.literal_block():
            return "formula" in node.parent.get("classes", [])
        case nodes.list_item() if "exercise-card" in node.parent.parent.get("classes", []):
            return any(node.findall(addnodes.download_reference)) or any(node.findall(nodes.raw))
    return False


def _without_box(admonition):
    """The paragraphs of a proof, which begins with the word and ends with a square."""
    first, last = admonition[0], admonition[-1]
    word, _, text = first[0].partition(" ")
    first[0:1] = [nodes.emphasis("", word), nodes.Text(f" {text}")]
    end = _latex(r"\proofdone")
    if isinstance(last, nodes.paragraph):
        last += end
        return admonition.children
    return [*admonition.children, nodes.paragraph("", "", end)]


def _latex(text):
    return nodes.raw("", text, format="latex")


def setup(app):
    app.connect("doctree-read", name_parts)
    app.add_post_transform(ForPaper)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
