"""The book in a real browser: exercises are solved in it, chapters run in it, and it asks nobody but its own site."""

import functools
import json
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files

import nbformat
import pytest
from masters import ROOT
from test_accessibility import AXE, RULES, WIDTHS
from test_book import BOOK, CHROMIUM

from autograder import misconceptions
from autograder.course import Course
from autograder.sample_class import Exercise, source_of
from autograder.selfcheck import run_tests

COURSE = Course(ROOT)
PAGES = sorted(p.relative_to(BOOK).as_posix() for folder in ("book", "exercise") for p in BOOK.glob(f"{folder}/*.html"))
CAN_RUN = (BOOK / "in_browser" / "course.zip").is_file()
SECONDS = 60_000

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PAGES, reason="the book is not built: run make book"),
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine: nothing was tried in a browser"),
    pytest.mark.skipif(not CAN_RUN, reason="Pyodide could not be fetched: nothing in this book runs in the browser"),
]


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format, *args):
        pass


@pytest.fixture(scope="module")
def site():
    """The address at which the book is served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(QuietHandler, directory=str(BOOK)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


class ChangingHandler(QuietHandler):
    """A server whose files may be kept for an hour; some addresses fail, and some have another text by now."""

    broken: set[str] = set()
    changed: dict[str, str] = {}

    def do_GET(self):
        path = self.path.partition("?")[0]
        if any(part in path for part in self.broken):
            self.send_error(503)
        elif path in self.changed:
            self.send_response(200)
            self.send_header("Content-Type", self.guess_type(path))
            self.end_headers()
            self.wfile.write(self.changed[path].encode())
        else:
            super().do_GET()

    def send_response(self, code, message=None):
        super().send_response(code, message)
        if code == 200:
            self.send_header("Cache-Control", "max-age=3600")


@pytest.fixture
def moody_site():
    """The address of a server, and its handler, which can be told what fails and what has changed."""

    class Handler(ChangingHandler):
        broken, changed = set(), {}

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(BOOK)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", Handler
    server.shutdown()


@pytest.fixture(scope="module")
def reader(browser):
    """One reader, whose browser remembers what it has seen."""
    context = browser.new_context()
    context.set_default_timeout(SECONDS)
    yield context
    context.close()


@pytest.fixture
def newcomer(browser):
    """A reader who has never been here."""
    context = browser.new_context()
    context.set_default_timeout(SECONDS)
    yield context
    context.close()


@pytest.fixture
def tab(reader):
    """A tab of the reader; an error in its pages fails the test."""
    page = reader.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    page.close()
    assert errors == []


def open_exercise(tab, site, name):
    tab.goto(f"{site}/exercise/{name}.html")
    tab.wait_for_selector(".notebook.is-ready")


def cell(tab, grade_id):
    return tab.locator(f'.notebook [data-id="{grade_id}"]')


def write(tab, grade_id, source):
    """Puts an answer into its cell, as if it had been pasted."""
    place = cell(tab, grade_id)
    if place.locator("textarea:not(.CodeMirror *)").count():
        place.locator("textarea").fill(source)
    else:
        place.locator(".CodeMirror").evaluate("(box, source) => box.CodeMirror.setValue(source)", source)


def written(tab, grade_id):
    return cell(tab, grade_id).locator(".CodeMirror").evaluate("box => box.CodeMirror.getValue()")


def check(tab, grade_id):
    """Runs a test; what is shown below it."""
    place = cell(tab, grade_id)
    place.locator("button.run").click()
    tab.locator(f'.passed[data-id="{grade_id}"], .failed[data-id="{grade_id}"]').wait_for()
    return place.locator(".outputs").inner_text()


def status(tab):
    return tab.locator(".notebook [role=status]")


def wait_for_status(tab, part):
    status(tab).filter(has_text=part).wait_for()


@functools.cache
def exercise(name):
    return Exercise(COURSE, name)


@pytest.mark.parametrize("name", COURSE.names)
def test_an_exercise_is_solved_wrongly_then_rightly_and_is_kept(tab, site, name):
    right = exercise(name).right
    banks = misconceptions.of_exercise(name) if name in misconceptions.exercises() else {}
    open_exercise(tab, site, name)
    for grade_id, source in right.items():
        write(tab, grade_id, source)
    for function, (idea, *_) in list(banks.items())[:1]:
        write(tab, function, source_of(idea))
        shown = " ".join(check(tab, f"test_{function}").split())
        assert " ".join(idea.explanation.replace("`", "").split()) in shown
        assert " ".join(idea.hint.replace("`", "").split()) in shown
        assert "Not yet." in cell(tab, f"test_{function}").locator(".verdict").inner_text()
        address = cell(tab, f"test_{function}").locator(".outputs a").get_attribute("href")
        assert address.startswith(f"{site}/book/")
        write(tab, function, right[function])
        assert f"✓ {function}: " in check(tab, f"test_{function}")

    tab.locator("button.check-all").click()
    tests = tab.locator("[data-role=test]").count()
    wait_for_status(tab, f"{tests} of {tests} checks passed.")

    tab.reload()
    tab.wait_for_selector(".notebook.is-ready")
    answer = next(grade_id for grade_id in right if cell(tab, grade_id).locator(".CodeMirror").count())
    assert written(tab, answer) == right[answer]
    assert tab.locator(".verdict", has_text="Passed before.").count() == tests

    with tab.expect_download() as coming:
        tab.locator("button.download").click()
    assert coming.value.suggested_filename == f"{name}.ipynb"
    handed_in = nbformat.read(coming.value.path(), as_version=4)
    nbformat.validate(handed_in)
    released = nbformat.read(COURSE.exercises / name / f"{name}.ipynb", as_version=4)
    assert [c.metadata for c in handed_in.cells] == [c.metadata for c in released.cells]
    sources = {c.metadata.get("nbgrader", {}).get("grade_id"): c.source for c in handed_in.cells}
    assert {grade_id: sources[grade_id] for grade_id in right} == right


def test_what_was_downloaded_is_checked_and_an_added_cell_is_in_it(tab, site, tmp_path):
    open_exercise(tab, site, "softmax")
    write(tab, "softmax", "def softmax(p):\n    return exponentials(p) / exponentials(p).sum()")
    cell(tab, "setup").locator("button.run").click()
    tab.locator('[data-id="softmax"] button.add').click()
    # By hand: the editor indents by itself, and Shift+Enter runs.
    added = tab.locator('[data-id="added-1"]')
    added.locator("[role=textbox]").wait_for()
    tab.keyboard.type("def exponentials(p):\nreturn np.exp(p)\n")
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.type("exponentials(0.0)")
    tab.keyboard.press("Shift+Enter")
    added.locator("pre.result").wait_for()
    assert added.locator("pre.result").inner_text() == "np.float64(1.0)"
    assert "✓ softmax: " in check(tab, "test_softmax")
    with tab.expect_download() as coming:
        tab.locator("button.download").click()
    coming.value.save_as(tmp_path / "softmax.ipynb")
    verdicts = dict(run_tests(tmp_path / "softmax.ipynb"))
    assert verdicts["test_softmax"] == ""
    handed_in = nbformat.read(tmp_path / "softmax.ipynb", as_version=4)
    ids = [cell.id for cell in handed_in.cells]
    assert ids.index("added-1") == ids.index("softmax") + 1
    source = "def exponentials(p):\n    return np.exp(p)\nexponentials(0.0)"
    assert handed_in.cells[ids.index("added-1")].source == source

    tab.locator("button.anew").click()
    tab.wait_for_selector(".notebook.is-ready")
    assert tab.locator('[data-id="added-1"]').count() == 0
    assert "raise NotImplementedError" in written(tab, "softmax")


def test_an_endless_loop_is_stopped_with_and_without_shared_memory(newcomer, site):
    tab = newcomer.new_page()
    endless = "def softmax(p):\n    while True:\n        pass"
    for isolated, said in ((False, "started anew"), (True, "Stopped. What the cell had done")):
        open_exercise(tab, site, "softmax")
        assert tab.evaluate("crossOriginIsolated") == isolated
        write(tab, "softmax", endless)
        wait_for_status(tab, "Python is ready.")
        cell(tab, "test_softmax").locator("button.run").click()
        tab.locator("button.stop:enabled").wait_for()
        wait_for_status(tab, "is running")
        tab.locator("button.stop").click()
        cell(tab, "test_softmax").locator(".outputs", has_text=said).wait_for()
        write(tab, "softmax", exercise("softmax").right["softmax"])
        assert "✓ softmax: " in check(tab, "test_softmax")
        # From the second visit on the service worker keeps the page apart from others, as sharing memory demands.
        tab.evaluate("() => navigator.serviceWorker.ready")


def test_a_second_visit_needs_no_network(newcomer, site):
    tab = newcomer.new_page()
    open_exercise(tab, site, "softmax")
    write(tab, "softmax", exercise("softmax").right["softmax"])
    check(tab, "test_softmax")
    kept = "caches.open('backprop-checked').then(kept => kept.keys()).then(all => all.map(r => r.url).join())"
    for _ in range(300):
        if "matplotlib" in (known := tab.evaluate(kept)) and "codemirror" in known and "softmax.ipynb" in known:
            break
        tab.wait_for_timeout(100)
    newcomer.set_offline(True)
    tab.reload()
    tab.wait_for_selector(".notebook.is-ready")
    example = tab.locator("[data-role=free]").first
    example.locator("button.run").click()
    example.locator("img").wait_for()


@pytest.mark.parametrize("visit", ["first", "second"])
def test_python_that_could_not_be_fetched_says_so_and_the_next_run_tries_again(newcomer, moody_site, visit):
    site, server = moody_site
    tab = newcomer.new_page()
    if visit == "second":  # from which on the service worker answers
        tab.goto(f"{site}/book/welcome.html")
        tab.evaluate("() => navigator.serviceWorker.ready")
        tab.wait_for_function("() => navigator.serviceWorker.controller")
    # Without the first its worker does not even begin; of the second Pyodide itself says nothing.
    server.broken |= {"/distribution.js", "/pyodide.asm.wasm"}
    open_exercise(tab, site, "softmax")
    for reason, missing in (("its files", "/distribution.js"), ("HTTP status", "/pyodide.asm.wasm")):
        status(tab).filter(has_text="Python could not be loaded").filter(has_text=reason).wait_for()
        server.broken.discard(missing)
        cell(tab, "setup").locator("button.run").click()
    wait_for_status(tab, "setup has run.")


def test_a_chapters_files_that_could_not_be_fetched_are_fetched_by_the_next_click(newcomer, moody_site):
    site, server = moody_site
    server.broken |= {"/chapters/", "/codemirror.js"}
    tab = newcomer.new_page()
    tab.goto(f"{site}/book/stability.html")
    place = tab.locator("article .cell:has(> .cell_output pre)").first
    for missing in ("/chapters/", "/codemirror.js"):
        place.locator("button", has_text="Edit").click()
        tab.locator(".kernel-bar [role=status]", has_text="Edit needs what could not be fetched").wait_for()
        assert place.locator(".cell_input .highlight").is_visible()
        server.broken.discard(missing)
    place.locator("button", has_text="Edit").dblclick()
    place.locator(".CodeMirror-code", has_text="def softmax").wait_for()
    assert place.locator(".CodeMirror").count() == 1


def test_after_the_book_was_built_anew_its_reader_has_the_new_files_with_and_without_a_network(newcomer, moody_site):
    site, server = moody_site
    tab = newcomer.new_page()
    for _ in range(2):  # by the second visit the service worker has seen every file
        open_exercise(tab, site, "softmax")
        tab.evaluate("() => navigator.serviceWorker.ready")
    tab.close()
    for path in ("exercise/softmax.html", "in_browser/in_browser.css", "in_browser/exercise.js"):
        server.changed[f"/{path}"] = (BOOK / path).read_text(encoding="utf-8")
    page = server.changed["/exercise/softmax.html"]
    server.changed["/exercise/softmax.html"] = page.replace("in_browser.css?v=", "in_browser.css?v=new").replace(
        "</body>", "<p id='new'></p></body>"
    )
    server.changed["/in_browser/in_browser.css"] += "#new { width: 7px }"
    server.changed["/in_browser/exercise.js"] += "page.dataset.isNew = true;"
    for is_offline in (False, True):
        newcomer.set_offline(is_offline)
        tab = newcomer.new_page()
        open_exercise(tab, site, "softmax")
        assert tab.locator("#new").evaluate("element => getComputedStyle(element).width") == "7px"
        assert tab.locator(".notebook").get_attribute("data-is-new") == "true"
    tab.goto(f"{site}/book/losses.html")
    assert "has not been read in this browser before" in tab.locator("main").inner_text()


def test_a_check_that_passed_says_so_until_something_above_it_is_changed(tab, site):
    open_exercise(tab, site, "softmax")
    verdict = cell(tab, "test_softmax").locator(".verdict")
    write(tab, "softmax", exercise("softmax").right["softmax"])
    check(tab, "test_softmax")
    write(tab, "sigmoid", "below = 1")
    assert verdict.inner_text() == "Passed."
    write(tab, "softmax", "above = 1")
    assert verdict.inner_text() == "Passed before your last change."
    check(tab, "test_softmax")
    assert verdict.inner_text() == "Not yet."


def test_what_the_keyboard_comes_to_is_not_under_the_bar(tab, site):
    open_exercise(tab, site, "softmax")
    first, then = (cell(tab, "softmax_batch").locator(f"button.{kind}") for kind in ("run", "add"))
    first.evaluate("button => { button.scrollIntoView({ block: 'start' }); button.focus({ preventScroll: true }); }")
    # Both buttons stand just above the lower edge of the window, where the bar is.
    tab.evaluate("button => scrollBy(0, button.getBoundingClientRect().bottom - innerHeight)", then.element_handle())
    tab.keyboard.press("Tab")
    assert then.evaluate("button => button === document.activeElement")
    bar = tab.locator(".kernel-bar").bounding_box()
    box = then.bounding_box()
    assert box["y"] + box["height"] <= bar["y"]


def test_what_is_typed_in_an_editor_is_text_and_escape_then_tab_leaves_it(tab, site):
    open_exercise(tab, site, "stability")
    editor = tab.locator("[data-role=solution] [role=textbox]").first
    editor.click()
    tab.keyboard.press("Control+a")
    # The theme takes "/" for its search wherever no field has the focus that it knows.
    tab.keyboard.type("x = 1/2")
    tab.keyboard.press("Tab")
    box = tab.locator("[data-role=solution] .CodeMirror").first
    assert box.evaluate("box => box.CodeMirror.getValue()").rstrip() == "x = 1/2"
    assert editor.evaluate("field => field === document.activeElement")
    tab.keyboard.press("Escape")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Run"


def test_stop_ends_all_checks_at_once_and_the_next_is_as_if_nothing_had_been(newcomer, site):
    tab = newcomer.new_page()
    for isolated in (False, True):
        open_exercise(tab, site, "softmax")
        assert tab.evaluate("crossOriginIsolated") == isolated
        write(tab, "softmax", "def softmax(p):\n    while True:\n        pass")
        write(tab, "sigmoid", "while True:\n    pass")
        wait_for_status(tab, "Python is ready.")
        tab.locator("button.check-all").click()
        wait_for_status(tab, "softmax is running")
        tab.locator("button.stop").click()
        wait_for_status(tab, "Python was stopped.")
        tab.locator("button.stop:disabled").wait_for(state="attached")
        assert tab.locator(".passed, .failed").count() == 0
        write(tab, "softmax", exercise("softmax").right["softmax"])
        write(tab, "sigmoid", exercise("softmax").right["sigmoid"])
        assert "✓ sigmoid: " in check(tab, "test_sigmoid")
        tab.evaluate("() => navigator.serviceWorker.ready")


def test_a_function_that_was_deleted_is_not_found_by_its_check(tab, site):
    open_exercise(tab, site, "softmax")
    right = exercise("softmax").right["softmax"]
    write(tab, "softmax", right)
    assert "✓ softmax: " in check(tab, "test_softmax")
    write(tab, "softmax", right.replace("def softmax", "def renamed"))
    check(tab, "test_softmax")
    assert "Not yet." in cell(tab, "test_softmax").locator(".verdict").inner_text()


def test_two_tabs_on_one_exercise_keep_the_work_of_both(newcomer, site):
    one, other = newcomer.new_page(), newcomer.new_page()
    for tab in (one, other):
        open_exercise(tab, site, "softmax")
    write(one, "softmax", "one = 1")
    other.wait_for_function(
        "() => document.querySelector('[data-id=softmax] .CodeMirror').CodeMirror.getValue() === 'one = 1'"
    )
    write(other, "sigmoid", "other = 2")
    one.reload()
    one.wait_for_selector(".notebook.is-ready")
    assert [written(one, name) for name in ("softmax", "sigmoid")] == ["one = 1", "other = 2"]
    # An added cell, and its removal, are seen in the other tab as well.
    one.locator('[data-id="softmax"] button.add').click()
    other.locator('[data-id="added-1"] [role=textbox]').wait_for()


NOTHING_IS_KEPT = """
Object.defineProperty(window, "localStorage", { get() { throw new DOMException("denied", "SecurityError"); } });
navigator.serviceWorker.register = () => Promise.reject(new DOMException("denied", "SecurityError"));
"""


def test_where_the_browser_keeps_nothing_an_exercise_is_solved_and_says_so(newcomer, site):
    tab = newcomer.new_page()
    errors, asked = [], []
    tab.on("pageerror", lambda error: errors.append(error.stack))
    tab.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    tab.add_init_script(NOTHING_IS_KEPT)
    open_exercise(tab, site, "softmax")
    wait_for_status(tab, "Python is ready.")
    cell(tab, "softmax").locator("[role=textbox]").click()
    tab.keyboard.type(" ")
    wait_for_status(tab, "does not keep your work")
    write(tab, "softmax", exercise("softmax").right["softmax"])
    assert "✓ softmax: " in check(tab, "test_softmax")
    tab.reload()
    tab.wait_for_selector(".notebook.is-ready")
    assert asked == ["beforeunload"]
    tab.locator("button.anew").click()
    tab.wait_for_selector(".notebook.is-ready")
    tab.goto(f"{site}/book/my-progress.html")
    tab.locator("button.erase-progress").click()
    assert [stack for stack in errors if "/in_browser/" in stack] == [], "the theme's own scripts may complain"


FILL = """() => {
  for (let size = 1 << 20; size >= 1; size >>= 5)
    try { for (let k = 0; ; k++) localStorage.setItem(`filled ${size} ${k}`, "x".repeat(size)); } catch {}
}"""
EMPTY = "() => Object.keys(localStorage).forEach(key => key.startsWith('filled') && localStorage.removeItem(key))"


def test_where_there_is_no_room_to_keep_work_it_is_said_and_so_is_that_there_is_again(newcomer, site):
    tab = newcomer.new_page()
    open_exercise(tab, site, "softmax")
    wait_for_status(tab, "Python is ready.")
    tab.evaluate(FILL)
    write(tab, "softmax", "x" * 5000)
    wait_for_status(tab, "does not keep your work")
    tab.evaluate(EMPTY)
    write(tab, "softmax", "kept = 1")
    wait_for_status(tab, "keeps your work again")
    tab.reload()
    tab.wait_for_selector(".notebook.is-ready")
    assert written(tab, "softmax") == "kept = 1"


def test_axe_finds_nothing_in_what_a_reader_makes_of_a_page(browser, site):
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    context = browser.new_context(bypass_csp=True, reduced_motion="reduce")
    context.set_default_timeout(SECONDS)
    tab = context.new_page()
    found = []

    def look(state):
        tab.evaluate(axe)
        for width in WIDTHS:
            tab.set_viewport_size({"width": width, "height": 900})
            tab.wait_for_timeout(500)  # the theme looks at what scrolls a while after a change of size
            for theme in ("light", "dark"):
                tab.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
                lines = tab.evaluate(AXE, {"rules": RULES, "only": None if theme == "light" else ["color-contrast"]})
                found.extend(f"{state} {width} {theme}: {line}" for line in lines)

    open_exercise(tab, site, "softmax")
    write(tab, "sigmoid", exercise("softmax").right["sigmoid"])
    for function in ("softmax", "sigmoid"):
        check(tab, f"test_{function}")
    look("a failed and a passed check")
    tab.goto(f"{site}/book/my-progress.html")
    tab.locator(".has-passed").wait_for()
    look("progress")
    tab.goto(f"{site}/book/softmax.html")
    place = tab.locator("article .cell:has(> .cell_output pre)").first
    place.locator("button", has_text="Edit").click()
    place.locator(".CodeMirror").wait_for()
    place.locator("button", has_text="Run").click()
    place.locator(".live-output pre").wait_for()
    look("a chapter's cell that ran")
    context.close()
    assert found == []


def test_a_notebook_that_was_written_elsewhere_is_opened(newcomer, site, tmp_path):
    notebook = nbformat.read(COURSE.exercises / "softmax" / "softmax.ipynb", as_version=4)
    place = next(k for k, c in enumerate(notebook.cells) if c.id == "softmax")
    notebook.cells[place].source = exercise("softmax").right["softmax"]
    notebook.cells.insert(place + 1, nbformat.v4.new_code_cell("one = 1"))
    notebook.cells.insert(place + 2, nbformat.v4.new_code_cell("two = one + 1"))
    path = tmp_path / "mine.ipynb"
    nbformat.write(notebook, path)
    tab, asked = newcomer.new_page(), []
    tab.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    open_exercise(tab, site, "softmax")

    def choose(file):
        with tab.expect_file_chooser() as chooser:
            tab.locator("button.open").click()
        chooser.value.set_files(file)

    broken, other = tmp_path / "broken.ipynb", COURSE.exercises / "stability" / "stability.ipynb"
    broken.write_text("{")
    write(tab, "sigmoid", "mine = 1")
    for unfit in (broken, other):
        choose(unfit)
        wait_for_status(tab, f"{unfit.name} is no notebook of this exercise: nothing was changed.")
    assert written(tab, "sigmoid") == "mine = 1" and asked == []

    choose(path)
    tab.locator('[data-id="added-2"] .CodeMirror').wait_for()
    tab.wait_for_selector(".notebook.is-ready")
    assert asked == ["Open mine.ipynb? It takes the place of what you have written here."]
    order = tab.evaluate("[...document.querySelectorAll('.code-cell')].map(cell => cell.dataset.id)")
    begin = order.index("softmax")
    assert order[begin : begin + 4] == ["softmax", "added-1", "added-2", "test_softmax"]
    assert [written(tab, name) for name in order[begin + 1 : begin + 3]] == ["one = 1", "two = one + 1"]
    assert written(tab, "softmax") == exercise("softmax").right["softmax"]
    assert "raise NotImplementedError" in written(tab, "sigmoid")
    with tab.expect_download() as coming:
        tab.locator("button.download").click()
    opened = nbformat.read(coming.value.path(), as_version=4)
    assert [c.source for c in opened.cells] == [c.source for c in notebook.cells]


def test_a_damaged_memory_is_an_empty_one(newcomer, site):
    tab = newcomer.new_page()
    tab.goto(f"{site}/book/my-progress.html")
    for damaged in ("5", "null", "{", '{"cells": null, "added": {}}'):
        tab.evaluate("text => localStorage.setItem('backprop-checked work softmax', text)", damaged)
        open_exercise(tab, site, "softmax")
        assert "raise NotImplementedError" in written(tab, "softmax")


def test_a_chapters_code_runs_where_it_stands_and_can_be_changed(tab, site):
    tab.goto(f"{site}/book/softmax.html")
    place = tab.locator("article .cell:has(> .cell_output pre)").first
    built = place.locator(".cell_output pre").inner_text()
    assert not [url for url in _resources(tab) if "pyodide" in url], "nothing heavy before the first click"
    place.locator("button", has_text="Run").click()
    live = place.locator(".live-output pre")
    live.wait_for()
    assert live.inner_text().split() == built.split()
    assert not place.locator(".cell_output").is_visible()

    place.locator("button", has_text="Edit").click()
    place.locator(".CodeMirror").evaluate("box => box.CodeMirror.setValue('print(shares)')")
    place.locator("button", has_text="Run").click()
    place.locator(".live-output", has_text="NameError").wait_for()
    place.locator("button", has_text="Restore").click()
    assert place.locator(".cell_output").is_visible()

    figure = tab.locator("article .cell:has(.cell_output img)").first
    figure.locator("button", has_text="Run").evaluate("button => button.click()")
    figure.locator(".live-output img[src^='data:image/svg']").wait_for(state="attached")


def _resources(tab):
    return tab.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")


def test_progress_is_shown_in_the_contents_and_on_its_page_and_can_be_exported_and_erased(newcomer, site):
    tab = newcomer.new_page()
    tab.on("dialog", lambda dialog: dialog.accept())
    open_exercise(tab, site, "softmax")
    assert tab.locator(".checks-passed").count() == 0
    write(tab, "sigmoid", exercise("softmax").right["sigmoid"])
    check(tab, "test_sigmoid")
    mark = tab.locator("nav.bd-links a", has=tab.locator(".checks-passed"))
    assert mark.get_attribute("href").endswith("book/softmax.html")
    assert "1 of 4 checks passed" in mark.text_content()

    tab.goto(f"{site}/book/my-progress.html")
    row = tab.locator("tr[data-exercise=softmax]")
    row.locator(".count", has_text="1 of 4").wait_for()
    tab.set_viewport_size({"width": 390, "height": 800})
    box = row.locator(".count").bounding_box()
    assert box["x"] + box["width"] <= 390, "a phone shows how many have passed"
    assert row.locator(".has-passed").inner_text().startswith("sigmoid")
    with tab.expect_download() as coming:
        tab.locator("button.export-progress").click()
    record = json.loads(coming.value.path().read_text())
    assert list(record["exercises"]["softmax"]["passed"]) == ["test_sigmoid"]
    tab.locator("button.erase-progress").click()
    row.locator(".count", has_text="0 of 4").wait_for()
    assert tab.locator(".checks-passed").count() == 0

    status = tab.locator(".my-progress-buttons [role=status]")
    record["exercises"]["softmax"]["passed"] = {"test_softmax": "2026-01-02T03:04:05.678Z"}
    tab.evaluate(f"localStorage.setItem('backprop-checked progress', '{json.dumps(record['exercises'])}')")
    record["exercises"]["softmax"]["passed"] |= {"test_sigmoid": "2026-01-01", "test_softmax": "2026-01-03"}
    for content, said, count in (
        ('{"exercises": {"softmax": 1}}', "holds no progress", "1 of 4"),
        (json.dumps(record), "is here now", "2 of 4"),
    ):
        with tab.expect_file_chooser() as chooser:
            tab.locator("button.import-progress").click()
        chooser.value.set_files({"name": "p.json", "mimeType": "application/json", "buffer": content.encode()})
        status.filter(has_text=said).wait_for()
        row.locator(".count", has_text=count).wait_for()
    assert row.locator("[data-check=test_softmax]").inner_text().endswith("passed 2026-01-02")


def test_a_page_that_is_opened_as_a_file_says_what_python_needs(tab):
    tab.goto((BOOK / "exercise" / "softmax.html").as_uri())
    assert "make course" in tab.locator(".without-browser").inner_text()
    assert not tab.locator("button.check-all").is_visible()
    assert "def softmax" in cell(tab, "softmax").inner_text()


def test_every_page_loads_whole_and_asks_nobody_else(browser, site):
    context = browser.new_context(service_workers="block")
    # Ten Pythons need not start for this: a reader who spares the line waits with it.
    context.add_init_script("Object.defineProperty(navigator, 'connection', { value: { saveData: true } })")
    tab = context.new_page()
    asked, wrong = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("response", lambda answer: answer.status >= 400 and wrong.append(answer.url))
    tab.on("pageerror", lambda error: wrong.append(f"{tab.url}: {error}"))
    for page in PAGES:
        tab.goto(f"{site}/{page}")
        tab.evaluate("() => window.MathJax?.startup?.promise")
        assert tab.locator("mjx-merror").count() == 0, page
    context.close()
    # A browser asks for this one by itself.
    assert [url for url in wrong if not url.endswith("/favicon.ico")] == []
    assert [url for url in asked if not url.startswith((site, "data:", "blob:"))] == []
