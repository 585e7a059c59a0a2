"""Where Python for the browser comes from: any source that has the right bytes, and none that has not."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from masters import ROOT

sys.path.insert(0, str(ROOT / "book" / "_extensions"))
import pyodide_distribution as distribution  # noqa: E402

FILES = {"core.wasm": b"core", "numpy.whl": b"numbers"}


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """An empty cache for a distribution of two small files."""
    monkeypatch.setattr(distribution, "SUMS", {name: hashlib.sha256(b).hexdigest() for name, b in FILES.items()})
    return tmp_path / "cache"


def source(files, asked=None):
    def give(target, names):
        if asked is not None:
            asked.append(names)
        for name in names:
            if name in files:
                (target / name).write_bytes(files[name])

    return give


def no_answer(target, names):
    raise OSError("timed out")


def test_the_first_source_that_answers_is_enough(folder):
    asked = []
    sources = {"silent": no_answer, "good": source(FILES), "never asked": source(FILES, asked)}
    assert distribution.fetch(folder, sources) == []
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == FILES
    assert asked == []


def test_what_one_source_lacks_comes_from_the_next(folder):
    asked = []
    sources = {"half": source({"core.wasm": b"core"}), "other": source(FILES, asked)}
    assert distribution.fetch(folder, sources) == []
    assert asked == [["numpy.whl"]]


def test_other_bytes_under_the_right_name_are_refused_and_named(folder):
    reasons = distribution.fetch(folder, {"forged": source(FILES | {"numpy.whl": b"something else"})})
    assert distribution.missing(folder) == ["numpy.whl"]
    assert "forged" in reasons[0] and "numpy.whl" in reasons[0] and "sha256" in reasons[0]


def test_a_file_that_was_changed_in_the_cache_is_missed_and_fetched_again(folder):
    distribution.fetch(folder, {"good": source(FILES)})
    (folder / "core.wasm").write_bytes(b"cor")
    assert distribution.missing(folder) == ["core.wasm"]
    distribution.fetch(folder, {"good": source(FILES)})
    assert distribution.missing(folder) == []


def test_the_folder_that_a_variable_names_is_a_source(folder, monkeypatch, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    for name, content in FILES.items():
        (own / name).write_bytes(content)
    monkeypatch.setenv(distribution.FOLDER_VARIABLE, str(own))
    first = dict(list(distribution.SOURCES.items())[:1])
    assert distribution.fetch(folder, first) == []
    assert distribution.missing(folder) == []


def test_each_file_has_a_sum_and_the_kernel_and_the_sums_name_one_version():
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in distribution.SUMS.values())
    kernel = (ROOT / "book" / "in_browser" / "kernel.js").read_text()
    assert f'from "./pyodide-{distribution.VERSION}/pyodide.mjs"' in kernel
    assert {"pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip"} < distribution.SUMS.keys()


CARD = """\
# A page

```{exercise-card} softmax
```

```{my-progress}
```
"""


@pytest.mark.slow
def test_without_the_distribution_the_book_is_built_and_says_so(tmp_path):
    for name in ("book", "solutions/softmax", "exercises/softmax"):
        chapters = shutil.ignore_patterns("__pycache__", "*.md" if name == "book" else "")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=chapters)
    for name in ("_config.yml", "nbgrader_config.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: book/page\n")
    (tmp_path / "book" / "page.md").write_text(CARD)
    command = [Path(sys.executable).with_name("jupyter-book"), "build", ".", "--all", "-W", "-n"]
    env = os.environ | {"XDG_CACHE_HOME": str(tmp_path / "empty")}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    site = tmp_path / "_build" / "html"
    page = (site / "book" / "page.html").read_text()
    assert "built without Python for the browser" in page
    assert "nothing runs in the browser" in page
    assert "solve it here" not in page and "start.js" not in page
    assert not (site / "in_browser").exists() and not (site / "exercise").exists()
