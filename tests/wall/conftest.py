"""One wall for all tests that need no limits of their own; its limits are short, so that what hangs is soon over."""

import pytest

from autograder.wall import Limits, Wall

SHORT = Limits(
    cell_seconds=2.0, call_seconds=1.0, session_seconds=60.0, memory_bytes=256 << 20, disk_bytes=8 << 20
)


@pytest.fixture(scope="session")
def wall():
    with Wall(SHORT) as wall:
        yield wall


@pytest.fixture
def student(wall):
    with wall.session() as student:
        yield student
