"""One wall for all tests that need no limits of their own, and one that loses patience soon."""

import pytest

from autograder.wall import Limits, Wall


@pytest.fixture(scope="session")
def wall():
    with Wall(Limits(memory_bytes=512 << 20, disk_bytes=8 << 20, file_bytes=4 << 20)) as wall:
        yield wall


@pytest.fixture
def student(wall):
    with wall.session() as student:
        yield student


@pytest.fixture(scope="session")
def hasty_wall():
    with Wall(Limits(cell_seconds=1.5, call_seconds=1.0, session_seconds=60.0)) as wall:
        yield wall


@pytest.fixture
def hasty(hasty_wall):
    with hasty_wall.session() as student:
        yield student
