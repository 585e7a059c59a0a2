"""What tests of several modules stand on: a browser, of which there may be only one at a time, and a small course."""

import pytest
from hypothesis import settings
from test_book import CHROMIUM
from toy_course import make_course

from autograder.release import release

# No test depends on how fast the machine is.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: the book's pages were not looked at in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    """The toy course, released; nobody changes it."""
    course = make_course(tmp_path_factory.mktemp("course"))
    release(course)
    return course
