"""The policy in every page of the book: what it forbids, that each page has it, and that a browser obeys it."""

import base64
import hashlib
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st
from masters import ROOT
from test_book import BOOK, PAGES

sys.path.append(str(ROOT / "book" / "_extensions"))
import content_security  # noqa: E402

SCRIPT = "document.documentElement.dataset.mode = 'auto';"
PAGE = f'<html><head>\n<meta charset="utf-8" />\n<script src="a.js"></script><script>{SCRIPT}</script></head></html>'
SLIP_IN = """async (host) => {
  const blocked = [];
  addEventListener("securitypolicyviolation", (event) => blocked.push(event.effectiveDirective));
  const html = `<img src="x:" onerror="window.slipped = true"><iframe src="${host}"></iframe><img src="${host}a.png">`;
  document.body.insertAdjacentHTML("beforeend", html);
  const script = document.createElement("script");
  script.textContent = "window.slipped = true";
  document.body.append(script);
  await fetch(host).catch(() => {});
  await new Promise((done) => setTimeout(done, 300));
  return blocked;
}"""
FOUND = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')


def test_a_script_in_a_page_is_allowed_by_its_sum_alone():
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    scripts = re.search(r"script-src ([^;]*);", content_security.policy(PAGE))[1].split()
    assert scripts == ["'self'", "'wasm-unsafe-eval'", f"'sha256-{digest}'"]


def test_the_policy_stands_before_every_script_and_style():
    head = content_security.guarded(PAGE).partition("<script")[0]
    assert FOUND.search(head) and "charset" in head


def test_a_page_that_is_guarded_again_has_one_policy_that_fits_its_new_scripts():
    once = content_security.guarded(PAGE)
    changed = once.replace("'auto'", "'dark'")
    twice = content_security.guarded(changed)
    assert content_security.guarded(once) == once
    assert FOUND.findall(twice) == [content_security.policy(changed)] != FOUND.findall(once)


def test_the_policy_that_instructors_may_send_allows_what_pages_need():
    text = (ROOT / "book" / "for-instructors.md").read_text(encoding="utf-8")
    sent = re.search(r"^Content-Security-Policy: (.*)$", text, re.MULTILINE)[1]
    allowed = dict(part.strip().split(" ", 1) for part in sent.split(";"))
    for name, sources in content_security.DIRECTIVES.items():
        needed = set(sources) - {"'none'"} | ({"'unsafe-inline'"} if name == "script-src" else set())
        assert needed <= set(allowed.get(name, allowed["default-src"]).split()), name


@given(st.text(alphabet="<>/script \n\"'src=headbody!-", max_size=60))
def test_only_the_policy_is_added_to_a_page(text):
    guarded = content_security.guarded(text)
    assert FOUND.sub("", guarded, count=1).replace("\n", "") == text.replace("\n", "")


@pytest.mark.skipif(not PAGES, reason="the book is not built: run make book")
@pytest.mark.parametrize("page", [*PAGES, "index.html"])
def test_each_page_allows_its_own_site_and_nothing_else(page):
    html = (BOOK / page).read_text(encoding="utf-8")
    (policy,) = FOUND.findall(html)
    assert policy == content_security.policy(html)
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == directives["object-src"] == "'none'"
    sources = {source for listed in directives.values() for source in listed.split()}
    sources = {source for source in sources if not source.startswith("'sha256-")}
    assert sources == {"'none'", "'self'", "'wasm-unsafe-eval'", "'unsafe-inline'", "data:"}
    assert "'unsafe-inline'" not in directives["script-src"] and "data:" not in directives["script-src"]
    assert not re.search(r"<[^>]+\son\w+\s*=|href=\"javascript:", html), "a script where no sum can allow it"


@pytest.mark.slow
@pytest.mark.skipif(not PAGES, reason="the book is not built: run make book")
def test_a_browser_runs_no_script_that_was_slipped_in_and_asks_nobody(browser):
    asked = []

    class OtherHost(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)

    with ThreadingHTTPServer(("127.0.0.1", 0), OtherHost) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        tab = browser.new_page()
        tab.goto((BOOK / "book" / "softmax.html").as_uri())
        blocked = tab.evaluate(SLIP_IN, f"http://127.0.0.1:{server.server_port}/")
        assert tab.evaluate("window.slipped") is None
        tab.close()
        server.shutdown()
    assert {"img-src", "script-src-attr", "script-src-elem", "connect-src", "frame-src"} <= set(blocked)
    assert asked == []


@pytest.mark.slow
@pytest.mark.skipif(not PAGES, reason="the book is not built: run make book")
def test_the_search_finds_a_chapter_in_a_book_that_is_opened_as_a_file(browser):
    tab = browser.new_page()
    tab.goto((BOOK / "book" / "welcome.html").as_uri())
    tab.keyboard.press("Control+k")
    tab.keyboard.type("temperature")
    tab.keyboard.press("Enter")
    tab.locator("#search-results a", has_text="Temperature").first.click()
    tab.wait_for_url("**/book/softmax.html*")
    tab.close()
