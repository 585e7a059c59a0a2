import importlib.metadata
import shutil
import sys

from typer.testing import CliRunner

from autograder import doctor
from autograder.cli import app


def by_what(word):
    return next(finding for finding in doctor.examine() if word in finding.what)


def test_here_everything_that_the_course_needs_is_there():
    assert [finding.line for finding in doctor.examine() if finding.needed and not finding.fine] == []


def test_versions_are_named():
    assert by_what("numpy").line == f"✓ numpy {importlib.metadata.version('numpy')}"
    assert by_what("Python").line.startswith(f"✓ Python {sys.version_info.major}.{sys.version_info.minor}")


def test_a_missing_package_is_an_error_with_what_to_do(monkeypatch):
    monkeypatch.setattr(doctor, "PACKAGES", ("numpy", "no-such-package"))
    assert by_what("no-such-package").line == "✗ no-such-package is missing: pip install -e '.[instructor]'."
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 1 and "✗ no-such-package" in result.output and "✓ numpy" in result.output


def test_without_chromium_the_course_can_be_used(monkeypatch):
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name, **k: None if "chrom" in name else which(name, **k))
    assert not by_what("Chromium").fine
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 0


def test_a_missing_alembic_is_named_because_nbgrader_would_only_fail(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name, **k: None)
    assert not by_what("alembic").fine and by_what("alembic").needed
