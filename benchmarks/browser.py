"""How soon an exercise answers in the browser, beside a page that does nothing but load Pyodide and NumPy.

`make bench-browser`. Cold is a browser that has never seen the site, warm is the second visit. Every number is the
median of three rounds, in each of which everything is measured once. The clock starts with the click on the link.
"""

import functools
import hashlib
import json
import shutil
import statistics
import tempfile
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import sync_playwright

SITE = Path(__file__).resolve().parents[1] / "_build" / "html"
ROUNDS = 3
MILLISECONDS = 120_000
PRODUCT = "np.arange(3) @ np.arange(3)"
ANSWER = "def softmax(p):\n    e = np.exp(p)\n    return e / e.sum()"

FLOOR = """<!doctype html><title>Floor</title><a href="bare.html">bare Pyodide</a>"""
BARE = """<!doctype html><title>Bare Pyodide</title><pre></pre><script type="module">
import { loadPyodide } from "/in_browser/FOLDER/pyodide.mjs";
const pyodide = await loadPyodide({ indexURL: "/in_browser/FOLDER/", lockFileURL: "/floor/lock.json" });
await pyodide.loadPackage("numpy");
document.querySelector("pre").textContent = pyodide.runPython("import numpy as np; str(PRODUCT)");
</script>"""


class Counting(SimpleHTTPRequestHandler):
    """Serves the site and, below /floor/, the bare page; counts the bytes of what it has served."""

    pages: dict[str, tuple[str, str]] = {}
    served = 0

    def do_GET(self):
        if self.path in self.pages:
            kind, text = self.pages[self.path]
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(text.encode())
        else:
            super().do_GET()

    def copyfile(self, source, outputfile):
        Counting.served += Path(source.name).stat().st_size
        super().copyfile(source, outputfile)

    def log_message(self, format, *args):
        pass


def serve() -> str:
    """The address of the site, with the bare page beside it."""
    distribution = (SITE / "in_browser" / "distribution.js").read_text()
    packages = json.loads(distribution.removeprefix("export default ").rstrip(";\n"))
    lock = json.loads((SITE / "in_browser" / "lock.json").read_text())
    wheel = SITE / "in_browser" / packages["folder"] / packages["numpy"]
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    lock["packages"]["numpy"] = {
        "name": "numpy", "version": "2.0.2", "file_name": packages["numpy"], "install_dir": "site", "sha256": digest,
        "package_type": "package", "imports": ["numpy"], "depends": [],
    }  # fmt: skip
    bare = BARE.replace("FOLDER", packages["folder"]).replace("PRODUCT", PRODUCT)
    Counting.pages = {
        "/floor/index.html": ("text/html", FLOOR),
        "/floor/bare.html": ("text/html", bare),
        "/floor/lock.json": ("application/json", json.dumps(lock)),
    }
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Counting, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def floor(tab, site):
    """The result of a page with nothing but Pyodide and NumPy."""
    tab.goto(f"{site}/floor/index.html")
    yield
    tab.locator("a").click()
    tab.locator("pre", has_text="5").wait_for(timeout=MILLISECONDS)


def first_result(tab, site):
    """The first NumPy result in a cell that was added to the exercise."""
    _open_chapter(tab, site)
    yield
    _enter(tab)
    tab.locator('[data-id="softmax"] button.add').click()
    _write(tab, "added-1", PRODUCT)
    tab.locator('[data-id="added-1"] button.run').click()
    tab.locator('[data-id="added-1"] pre.result').wait_for(timeout=MILLISECONDS)


def first_verdict(tab, site):
    """The verdict of the first check on a right answer."""
    _open_chapter(tab, site)
    yield
    _enter(tab)
    _write(tab, "softmax", ANSWER)
    tab.locator('[data-id="test_softmax"] button.run').click()
    tab.locator('[data-id="test_softmax"].passed').wait_for(timeout=MILLISECONDS)


def _open_chapter(tab, site):
    tab.goto(f"{site}/book/softmax.html", wait_until="networkidle")


def _enter(tab):
    tab.locator(".exercise-card a", has_text="solve it here").click()
    tab.wait_for_selector(".notebook.is-ready")


def _write(tab, cell, source):
    box = tab.locator(f'[data-id="{cell}"] .CodeMirror')
    box.evaluate("(box, source) => box.CodeMirror.setValue(source)", source)


def measure(context, site: str, visit) -> dict[str, tuple[float, int]]:
    """{"cold" and "warm": (seconds, bytes served)} of one visit after another."""
    found = {}
    for state in ("cold", "warm"):
        tab = context.new_page()
        steps = visit(tab, site)
        next(steps)
        tab.evaluate("localStorage.clear()")
        served, began = Counting.served, time.perf_counter()
        next(steps, None)
        found[state] = (time.perf_counter() - began, Counting.served - served)
        # The time in which a reader reads; what is fetched behind the scenes meanwhile counts for no one.
        tab.wait_for_timeout(2000)
        tab.close()
    return found


def size(folder: Path) -> float:
    """Megabytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def main() -> None:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        raise SystemExit("There is no Chromium on this machine: install it, for instance by apt-get install chromium.")
    if not (SITE / "in_browser" / "distribution.js").is_file():
        raise SystemExit("Nothing in this book runs in the browser: Pyodide could not be fetched when it was built.")
    visits = {"bare Pyodide": floor, "first NumPy result": first_result, "first verdict": first_verdict}
    rounds = {name: [] for name in visits}
    site = serve()
    with sync_playwright() as playwright:
        for _ in range(ROUNDS):
            for name, visit in visits.items():
                # A profile on disk, as a reader's is: what is kept in memory alone leaves large files out.
                with tempfile.TemporaryDirectory() as profile:
                    context = playwright.chromium.launch_persistent_context(
                        profile, executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
                    )
                    rounds[name].append(measure(context, site, visit))
                    context.close()

    def median(name, state, part):
        return statistics.median(found[state][part] for found in rounds[name])

    print(f"{'from the click to':22}{'cold':>9}{'warm':>9}   {'times the floor':17}{'MB served, cold':>17}{'warm':>7}")
    for name in visits:
        seconds = [median(name, state, 0) for state in ("cold", "warm")]
        times = [s / median("bare Pyodide", state, 0) for s, state in zip(seconds, ("cold", "warm"))]
        served = [median(name, state, 1) / 1e6 for state in ("cold", "warm")]
        print(
            f"{name:22}{seconds[0]:7.2f} s{seconds[1]:7.2f} s   {times[0]:5.2f}   {times[1]:5.2f}    "
            f"{served[0]:17.1f}{served[1]:7.1f}"
        )
    print(f"the site: {size(SITE):.1f} MB, of which Python in the browser {size(SITE / 'in_browser'):.1f} MB")


if __name__ == "__main__":
    main()
