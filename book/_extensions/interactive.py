"""Figures that answer: the directive `{interactive}`, their scripts on the pages that have one, and their colours.

A figure is a script in `book/interactive/` and a static picture in `book/stills.py`. The picture is what a page
without scripts shows, and the printed book. Scripts draw with D3, which the site carries itself.
"""

import hashlib
import shutil
import sys
from importlib.resources import files
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

BOOK = Path(__file__).resolve().parents[1]
sys.path.append(str(BOOK))

import figures  # noqa: E402
import stills  # noqa: E402

SOURCE = BOOK / "interactive"
SITE = "interactive"
STILLS = BOOK.parent / "_build" / "stills"
# D3 7.9.0 as its makers publish it; the package that carries it here is not theirs.
D3 = "f2094bbf6141b359722c4fe454eb6c4b0f0e42cc10cc7af921fc158fceb86539"
# What a figure needs besides D3 and figure.js.
PARTS = {"softmax": ["simplex"], "jacobian": ["simplex"], "backprop": ["simplex"]}
COLOURS = {
    "blue": figures.BLUE,
    "orange": figures.ORANGE,
    "green": figures.GREEN,
    "violet": figures.VIOLET,
    "ink": figures.INK,
    "quiet": figures.QUIET,
}


class Interactive(SphinxDirective):
    """`{interactive} softmax`: the figure of that name; its content says what to try and what to notice."""

    required_arguments = 1
    has_content = True
    option_spec = {"alt": directives.unchanged_required}

    def run(self):
        name = self.arguments[0]
        if not (SOURCE / f"{name}.js").exists():
            raise self.error(f"There is no figure {name!r}: book/interactive/{name}.js does not exist.")
        if "alt" not in self.options or not self.content:
            raise self.error(f"The figure {name!r} needs `:alt:` for its static picture, and a sentence under it.")
        self.env.note_dependency(str(BOOK / "stills.py"))
        image = nodes.image(uri=f"/{_still(name).relative_to(BOOK.parent).as_posix()}", alt=self.options["alt"])
        paragraph, *rest = self.parse_content_to_nodes()
        if rest:
            raise self.error(f"What stands under the figure {name!r} is one paragraph.")
        caption = nodes.caption("", "", *paragraph.children)
        figure = nodes.figure("", image, caption, classes=["interactive", f"interactive-{name}"])
        self.set_source_info(figure)
        figure["names"].append(f"fig-{name.replace('_', '-')}-interactive")
        self.state.document.note_explicit_target(figure, figure)
        return [figure]


def _still(name):
    """Draws the static picture where it is older than what draws it; Sphinx takes the format that it can use."""
    STILLS.mkdir(parents=True, exist_ok=True)
    drawn_by = max(Path(module.__file__).stat().st_mtime for module in (stills, figures))
    for suffix in (".svg", ".pdf"):
        path = STILLS / f"{name}{suffix}"
        if not path.exists() or path.stat().st_mtime < drawn_by:
            stills.save(name, path)
    return STILLS / f"{name}.*"


def add_scripts(app, pagename, templatename, context, doctree):
    """The scripts of a page's figures, on that page alone."""
    if doctree is None:
        return
    classes = [figure["classes"] for figure in doctree.findall(nodes.figure) if "interactive" in figure["classes"]]
    names = [of_one[-1].removeprefix("interactive-") for of_one in classes]
    if not names:
        return
    for style in ("colours", "interactive"):
        app.add_css_file(f"../{SITE}/{style}.css")
    scripts = ["d3.min", "figure", *dict.fromkeys(part for name in names for part in [*PARTS.get(name, []), name])]
    for script in scripts:
        app.add_js_file(f"../{SITE}/{script}.js", loading_method="defer")


def write_site(app):
    """Puts the figures' scripts, styles and colours into the site, and D3 beside them."""
    if app.builder.format != "html":
        return
    target = Path(app.outdir) / SITE
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(SOURCE, target)
    (target / "colours.css").write_text(colours(), encoding="utf-8")
    library = Path(str(files("d3_bridge"))) / "static" / "d3_bridge" / "js" / "d3.v7.min.js"
    content = library.read_bytes()
    if hashlib.sha256(content).hexdigest() != D3:
        raise ValueError(f"{library} is not D3 7.9.0 as its makers publish it. Install what requirements.txt names.")
    (target / "d3.min.js").write_bytes(content)


def colours():
    """A stylesheet with the colours of figures.py, and those that a printed figure has on a dark page."""
    sheets = []
    for selector, change in ((".interactive", str), ('html[data-theme="dark"] .interactive', on_dark)):
        lines = "".join(f"  --{name}: {change(colour)};\n" for name, colour in COLOURS.items())
        sheets.append(f"{selector} {{\n{lines}}}\n")
    return "".join(sheets)


def on_dark(colour):
    """What the filter `invert(1) hue-rotate(180deg)` of course.css makes of a colour "#rrggbb"."""
    rgb = [255 - int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    grey = 0.213 * rgb[0] + 0.715 * rgb[1] + 0.072 * rgb[2]
    # Half a turn about the grey axis, at equal luminance.
    return "#" + "".join(f"{min(255, max(0, round(2 * grey - value))):02x}" for value in rgb)


def setup(app):
    app.add_directive("interactive", Interactive)
    app.connect("builder-inited", write_site)
    app.connect("html-page-context", add_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
