"""The built book, as a reader's browser sees it: no broken formula, no outside request, no page wider than a phone."""

import functools
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from masters import ROOT

from autograder import misconceptions
from autograder.messages import link

BOOK = ROOT / "_build" / "html"
# index.html only leads to the first page.
PAGES = sorted(
    p.relative_to(BOOK).as_posix()
    for p in [*BOOK.glob("*/*.html"), *BOOK.glob("[!i]*.html")]
    if p.parent.name != "_static"
)
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(not PAGES, reason="the book is not built: run make book")


class Links(HTMLParser):
    """Addresses that a page refers to, and the places in it that can be referred to."""

    def __init__(self, path):
        super().__init__()
        self.addresses, self.loaded, self.ids, self.images = [], [], set(), []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids.update(filter(None, [attributes.get("id"), attributes.get("name")]))
        if tag == "a" and attributes.get("href"):
            self.addresses.append(attributes["href"])
        if tag == "img":
            self.images.append(attributes)
        for name in ("src", "href"):
            if tag in ("script", "img", "link", "iframe", "source") and attributes.get(name):
                self.loaded.append(attributes[name])


@functools.cache
def links(path):
    return Links(path)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_within_the_book_leads_somewhere(page):
    path = BOOK / page
    for address in links(path).addresses:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        assert target.exists(), address
        if parts.fragment and target.suffix == ".html":
            assert unquote(parts.fragment) in links(target).ids, address


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_loaded_from_another_host(page):
    for address in links(BOOK / page).loaded:
        parts = urlsplit(address)
        is_metadata = parts.scheme in ("http", "https") and address in re.findall(
            r'rel="(?:canonical|license)"[^>]*href="([^"]+)"', (BOOK / page).read_text()
        )
        assert not parts.netloc or is_metadata, address


@pytest.mark.parametrize("page", PAGES)
def test_every_figure_says_in_words_what_it_shows(page):
    for image in links(BOOK / page).images:
        if "_images" in image.get("src", ""):
            assert len(image.get("alt", "").split()) >= 8, image["src"]


@pytest.mark.parametrize("exercise", misconceptions.exercises())
def test_every_hint_links_to_a_section_that_exists(exercise):
    for bank in misconceptions.of_exercise(exercise).values():
        for idea in bank:
            parts = urlsplit(link(idea.section))
            assert parts.fragment in links(BOOK / parts.path.lstrip("/")).ids, idea.section


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_a_browser_shows_the_page_whole_and_asks_nobody_else(browser, page):
    asked, errors = [], []
    for width, theme in ((1280, "light"), (390, "dark")):
        tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("pageerror", lambda error: errors.append(str(error)))
        # What the page's policy forbids is said in the console.
        tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        tab.goto((BOOK / page).as_uri())
        tab.evaluate("() => window.MathJax?.startup?.promise")
        tab.wait_for_timeout(300)
        assert tab.locator("mjx-merror").count() == 0
        assert "$$" not in tab.locator("main").inner_text()
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        tab.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert errors == []


@pytest.mark.slow
@pytest.mark.skipif("book/formulas.html" not in PAGES, reason="this book has no formula sheet")
def test_the_formula_sheet_prints_on_one_page_of_a4(browser):
    tab = browser.new_page()
    tab.goto((BOOK / "book/formulas.html").as_uri())
    tab.evaluate("() => window.MathJax?.startup?.promise")
    tab.wait_for_timeout(300)
    printed = tab.pdf(prefer_css_page_size=True)
    tab.close()
    assert re.findall(rb"/MediaBox \[0 0 (\d+)[.\d]* (\d+)[.\d]*\]", printed) == [(b"594", b"841")]


def test_the_mathematics_is_typeset_by_the_books_own_copy():
    assert (Path(BOOK) / "mathjax" / "tex-chtml.js").stat().st_size > 500_000
    assert list((Path(BOOK) / "mathjax").rglob("*.woff"))
