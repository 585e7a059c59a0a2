"""Takes out of the finished site what no page uses: most of the theme's styles, and all but a few of its icons."""

import re
from pathlib import Path

import tinycss2
from fontTools import subset

# Scripts and fonts of the theme's that no page loads, and maps to sources that are not here.
UNUSED = ["scripts/*.map", "styles/*.map", "scripts/fontawesome.js*", "scripts/bootstrap.js*", "sphinx-thebe.*"]
FONTS = Path("vendor", "fontawesome", "webfonts")
ICONS = "fa-solid-900"
_WORD = re.compile(r"[A-Za-z_-][\w-]*")
PRIVATE_USE = range(0xE000, 0xF900)


def words(site: Path) -> set[str]:
    """Every word in the pages and scripts of a site; the class of an element is always one of them."""
    texts = [*site.rglob("*.html"), *site.rglob("*.js")]
    return {word for path in texts for word in _WORD.findall(path.read_text(encoding="utf-8"))}


def lean(css: str, used: set[str]) -> str:
    """A stylesheet without comments, and without rules for classes that are not in `used`."""
    return _lean(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True), used)


def _lean(rules, used):
    return "\n".join(filter(None, (_lean_rule(rule, used) for rule in rules)))


def _lean_rule(rule, used):
    if rule.type == "qualified-rule":
        selectors = [tinycss2.serialize(each).strip() for each in _selectors(rule.prelude) if _classes(each) <= used]
        return f"{','.join(selectors)}{{{tinycss2.serialize(rule.content).strip()}}}" if selectors else ""
    if rule.type == "at-rule" and rule.at_keyword in ("media", "supports"):
        inner = _lean(tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True), used)
        return f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inner}}}" if inner else ""
    if rule.type == "at-rule" and rule.at_keyword == "font-face":
        face = tinycss2.serialize(rule.content)
        # Of the theme's fonts one is used; its subset is written as WOFF, which needs no further library.
        face = re.sub(r"src:.*", f'src:url(../{FONTS.as_posix()}/{ICONS}.woff) format("woff")', face)
        return f"@font-face{{{face}}}" if "weight:900" in face else ""
    return rule.serialize()


def _selectors(prelude):
    """The selectors of a rule, each as its tokens."""
    selectors = [[]]
    for token in prelude:
        if token == ",":
            selectors.append([])
        else:
            selectors[-1].append(token)
    return selectors


def _classes(selector):
    """The classes that an element must have; those in `:not(...)` and the like are no such classes."""
    return {token.value for dot, token in zip(selector, selector[1:]) if dot == "." and token.type == "ident"}


def make_lean(app, exception):
    """Leaves of stylesheets, icons and scripts what pages use."""
    if exception or app.builder.format != "html":
        return
    site = Path(app.outdir)
    static = site / "_static"
    for pattern in UNUSED:
        for path in static.glob(pattern):
            path.unlink()
    used = words(site)
    glyphs = set()
    for path in static.rglob("*.css"):
        css = lean(path.read_text(encoding="utf-8"), used)
        path.write_text(css, encoding="utf-8")
        glyphs |= {ord(character) for character in css if ord(character) in PRIVATE_USE}
    _write_icons(static / FONTS, glyphs)


def _write_icons(folder, glyphs):
    whole = folder / f"{ICONS}.ttf"
    if not whole.exists():
        return
    options = subset.Options(flavor="woff", layout_features=[], hinting=False)
    font = subset.load_font(whole, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=glyphs)
    subsetter.subset(font)
    subset.save_font(font, folder / f"{ICONS}.woff", options)
    for path in folder.glob("fa-*"):
        if path.suffix != ".woff":
            path.unlink()


def setup(app):
    # After everything else that writes pages, scripts or styles.
    app.connect("build-finished", make_lean, priority=800)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
