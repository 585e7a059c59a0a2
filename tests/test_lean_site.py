"""What is taken out of the site's styles: what no page can use, and nothing that one can."""

import sys

import pytest
import tinycss2
from masters import ROOT
from test_book import BOOK, PAGES

sys.path.append(str(ROOT / "book" / "_extensions"))
import lean_site  # noqa: E402


def lean(css, *used):
    return lean_site.lean(css, set(used)).replace("\n", "")


def test_a_rule_for_a_class_that_no_page_has_goes():
    assert lean(".a{color:red}.b{color:blue}", "a") == ".a{color:red}"


def test_of_several_selectors_those_that_can_match_stay():
    assert lean(".a .b,.b>.c,p.b:hover{color:red}", "b", "c") == ".b>.c,p.b:hover{color:red}"


def test_a_class_that_an_element_must_not_have_keeps_no_rule_out():
    css = "a:not(.btn,.card):hover{color:red}"
    assert lean(css) == css


def test_rules_within_a_condition_are_looked_at_too():
    css = "@media (max-width:600px){.a{color:red}.b{color:red}}@supports (gap:1px){.b{gap:1px}}"
    assert lean(css, "a") == "@media (max-width:600px){.a{color:red}}"


@pytest.mark.parametrize(
    "css", ["@page{margin:1cm}", "@keyframes turn{to{rotate:1turn}}", ":root{--a:1}", "p{color:red}"]
)
def test_what_asks_for_no_class_stays(css):
    assert tinycss2.serialize(tinycss2.parse_stylesheet(lean(css))) == css


def test_a_class_that_a_script_may_set_counts_as_used(tmp_path):
    (tmp_path / "page.html").write_text('<p class="here">')
    (tmp_path / "code.js").write_text('box.classList.add("is-open")')
    assert {"here", "is-open"} <= lean_site.words(tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(not PAGES, reason="the book is not built: run make book")
def test_every_icon_of_a_page_is_in_the_font_that_is_left(browser):
    from fontTools.ttLib import TTFont

    with TTFont(BOOK / "_static" / lean_site.FONTS / f"{lean_site.ICONS}.woff") as font:
        known = set(map(chr, font.getBestCmap()))
    tab = browser.new_page()
    tab.goto((BOOK / "book" / "softmax.html").as_uri())
    shown = tab.evaluate("""() => [...document.querySelectorAll("*")].flatMap((element) => ["::before", "::after"]
        .map((part) => getComputedStyle(element, part)).filter((style) => style.fontFamily.includes("Font Awesome"))
        .map((style) => style.content.replaceAll('"', ""))).filter((content) => content !== "none")""")
    assert len(set(shown)) >= 5 and set("".join(shown)) <= known
    tab.close()
