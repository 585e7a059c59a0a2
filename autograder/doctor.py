"""What this machine can and cannot do for the course."""

import importlib.metadata
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("numpy", "matplotlib", "scipy", "nbgrader", "nbclient", "jupytext", "ipykernel", "jsonschema")


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    needed  whether the course cannot be used without it
    """

    fine: bool
    what: str
    do: str = ""
    needed: bool = True

    @property
    def line(self) -> str:
        return f"✓ {self.what}" if self.fine else f"✗ {self.what}: {self.do}"


def examine() -> list[Finding]:
    """Looks at everything that a part of the course stands on."""
    return [_python(), *map(_package, PACKAGES), _alembic(), _kernel(), _chromium(), *_wall()]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(sys.version_info >= (3, 11), f"Python {version}", "install Python 3.11 or newer.")


def _package(name: str) -> Finding:
    try:
        return Finding(True, f"{name} {importlib.metadata.version(name)}")
    except importlib.metadata.PackageNotFoundError:
        return Finding(False, f"{name} is missing", "pip install -e '.[instructor]'.")


def _alembic() -> Finding:
    beside = Path(sys.executable).parent
    if shutil.which("alembic") or shutil.which("alembic", path=str(beside)):
        return Finding(True, "alembic, which nbgrader calls by name")
    return Finding(False, "alembic, which nbgrader calls by name, is missing", f"pip install alembic into {beside}.")


def _kernel() -> Finding:
    try:
        from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
    except ModuleNotFoundError:
        return Finding(False, "no Jupyter kernel", "pip install -e '.[instructor]'.")
    try:
        where = KernelSpecManager().get_kernel_spec("python3").resource_dir
    except NoSuchKernel:
        return Finding(False, "no Jupyter kernel named python3", "python -m ipykernel install --user.")
    return Finding(True, f"Jupyter kernel python3 in {where}")


def _chromium() -> Finding:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path:
        return Finding(True, f"Chromium at {path}")
    return Finding(False, "no Chromium", "only the tests of the book's pages need it: install chromium.", needed=False)


def _wall() -> list[Finding]:
    """What isolation there is between students' code and the tests."""
    try:
        from .wall import what_this_machine_offers
    except ImportError:
        return [Finding(False, "no wall between students' code and tests", "grade trusted work only.", needed=False)]
    missing = "this part of the isolation is not to be had here."
    offers = what_this_machine_offers().items()
    return [Finding(bool(value), f"wall: {name}: {value}", missing, needed=False) for name, value in offers]
