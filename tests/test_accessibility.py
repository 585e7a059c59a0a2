"""axe-core finds nothing on any page: light and dark, on a phone, a tablet and a desk, everything opened."""

from importlib.resources import files

import pytest
from test_book import BOOK, PAGES

WIDTHS = (390, 768, 1280)
# Not among what axe looks at by itself.
RULES = {"label-content-name-mismatch": {"enabled": True}, "target-size": {"enabled": True}}
# What is folded is opened. Of tokens and formulas that look the same, which are most of a page, one is enough.
PREPARE = """
async () => {
  await window.MathJax?.startup?.promise;
  document.querySelectorAll("details").forEach((box) => { box.open = true; });
  document.querySelectorAll(".toggle-hidden").forEach((box) => box.classList.remove("toggle-hidden"));
  for (const formula of document.querySelectorAll("mjx-container > mjx-math")) {
    // As wide as it was, so that what scrolls goes on to scroll.
    const room = document.createElement("span");
    room.style = `display: inline-block; width: ${formula.getBoundingClientRect().width}px`;
    formula.parentElement.replaceChildren(room);
  }
  const seen = new Set();
  for (const token of document.querySelectorAll("pre span")) {
    const kind = token.className + " in " + token.closest("pre").parentElement.parentElement.className;
    if (seen.has(kind)) token.replaceWith(...token.childNodes);
    seen.add(kind);
  }
  document.body.normalize();
}
"""
AXE = """
async ({ rules, only }) => {
  const options = only ? { runOnly: only } : { rules };
  const found = await axe.run(document, { ...options, resultTypes: ["violations"] });
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, any, all, none }) => `${id}: ${[...any, ...all, ...none][0].message} ${html.slice(0, 200)}`));
}
"""


@pytest.mark.slow
@pytest.mark.skipif(not PAGES, reason="the book is not built: run make book")
@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing(browser, page):
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    # axe is put in by the test, which the page's policy does not foresee.
    context = browser.new_context(bypass_csp=True, reduced_motion="reduce", color_scheme="light")
    tab = context.new_page()
    tab.goto((BOOK / page).as_uri())
    tab.evaluate(PREPARE)
    tab.evaluate(axe)
    found = []
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 900})
        # Two frames, for what follows a box's size.
        tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        # A theme changes colours and nothing else.
        for theme, only in (("light", None), ("dark", ["color-contrast"])):
            tab.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
            found += [f"{width} {theme}: {line}" for line in tab.evaluate(AXE, {"rules": RULES, "only": only})]
    context.close()
    assert not found, "\n".join(found)
