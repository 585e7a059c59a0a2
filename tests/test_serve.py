"""The server of book and results: on this machine alone, at the first free port."""

import http.client
import socket
import threading

import pytest

from autograder.serve import NoPort, server


@pytest.fixture
def folders(tmp_path):
    for name, content in (
        ("html/index.html", "the book"),
        ("html/book/softmax.html", "a chapter"),
        ("grades/scores.csv", "ada,9"),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (tmp_path / "secret.txt").write_text("not yours")
    return tmp_path / "html", tmp_path / "grades"


def fetch(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@pytest.fixture
def port(folders):
    with server(*folders, ports=range(18000, 18200)) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running.server_port
        running.shutdown()


def test_the_book_is_at_the_root_and_the_results_below_it(port):
    assert fetch(port, "/") == (200, "the book")
    assert fetch(port, "/book/softmax.html") == (200, "a chapter")
    assert fetch(port, "/grades/scores.csv") == (200, "ada,9")
    assert "scores.csv" in fetch(port, "/grades/")[1]


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/grades/../../secret.txt", "/%2e%2e/secret.txt", "/grades/%2e%2e/secret.txt"]
)
def test_nothing_beside_the_two_folders_is_served(port, path):
    status, content = fetch(port, path)
    assert status == 404 and "not yours" not in content


def test_a_port_that_is_taken_gets_a_sentence_and_the_next_one_serves(folders):
    said = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with server(*folders, say=said.append, ports=range(number, number + 50)) as running:
            assert running.server_port > number
    assert said[0] == f"Port {number} is taken by another program; trying {number + 1}."


def test_where_every_port_is_taken_a_sentence_says_so(folders):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(NoPort, match="all taken"):
            server(*folders, say=lambda line: None, ports=range(number, number + 1))
