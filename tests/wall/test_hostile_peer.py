"""The trusted side alone, against a peer that sends anything: it answers with a value or one of its own exceptions."""

import os
import socket
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.wall import Limits, NoAnswer, StudentError, protocol, session
from autograder.wall.channel import Channel, Gone, Late
from autograder.wall.outputs import Outputs, clean

LIMITS = Limits(call_seconds=5.0)


class Peer:
    """Stands for a student's process and for the channel to it; says what it is told to."""

    def __init__(self, frames):
        self.frames = [({"kind": "ready"}, memoryview(b"")), *frames]
        self.channel = self
        self.sent = []

    def send(self, header, buffers, deadline):
        self.sent.append(header)

    def receive(self, deadline):
        if not self.frames:
            raise Gone
        return self.frames.pop(0)

    def drain(self):
        pass

    def interrupt(self):
        pass

    def end(self):
        pass


junk = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.floats(), st.text(max_size=3)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=2), inner, max_size=2)),
    max_leaves=6,
)
trees = st.one_of(
    junk,
    st.just(["l", 1, ["t", 2.0]]),
    st.just(["a", "<f8", [1], True]),
    st.just(["yours", 0]),
    st.just(["mine", 3]),
    st.just(["l", ["l", 1], ["d"]]),
)
changes = st.one_of(junk, st.lists(st.tuples(st.integers(-1, 2), trees).map(list), max_size=2))
headers = st.fixed_dictionaries(
    {"kind": st.sampled_from(["returned", "raised", "refused", "undefined", "output", "ask", "ran", "x"])},
    optional={
        "n": st.one_of(st.just(1), junk), "value": trees, "arguments": st.one_of(st.just([]), changes),
        "results": st.one_of(st.just([]), changes), "mro": st.one_of(junk, st.just(["ValueError"])), "name": junk,
        "text": junk, "what": junk, "size": junk, "output": st.one_of(junk, st.fixed_dictionaries({
            "output_type": st.sampled_from(["error", "display_data", "execute_result", "stream"]), "data": junk})),
        "callable": st.one_of(st.just(0), junk), "args": trees,
    },
)  # fmt: skip


@pytest.mark.slow
@given(st.lists(st.tuples(headers, st.sampled_from([b"", bytes(8)]).map(memoryview)), max_size=4))
@settings(max_examples=300, deadline=None)
def test_a_call_ends_in_a_value_or_in_an_exception_of_its_own(frames):
    student = session.Session(lambda printed: Peer(frames), LIMITS)
    try:
        student.function("f")(np.zeros(2), [1, {"a": (2,)}], lambda *a, **k: 1)
    except (NoAnswer, StudentError):
        pass
    except ValueError as error:
        assert type(error) is ValueError and any(h.get("mro") == ["ValueError"] for h, _ in frames)


@pytest.mark.slow
@given(st.lists(st.tuples(headers, st.just(memoryview(b""))), max_size=4))
@settings(max_examples=150, deadline=None)
def test_a_cell_ends_in_outputs(frames):
    student = session.Session(lambda printed: Peer(frames), LIMITS)
    assert isinstance(student.run("x"), list)


def test_an_answer_to_an_earlier_call_is_none_to_this_one():
    old = ({"kind": "returned", "n": 1, "value": 1.0, "arguments": [], "results": []}, memoryview(b""))
    student = session.Session(lambda printed: Peer([old, old]), LIMITS)
    assert student.function("f")() == 1.0
    with pytest.raises(NoAnswer, match="cannot be read"):
        student.function("f")()


@pytest.fixture
def channel():
    ours, theirs = socket.socketpair()
    reading, writing = os.pipe()
    channel = Channel(ours, {reading: "stdout"}, lambda name, data: None, 1 << 20)
    yield channel, theirs
    channel.close()
    theirs.close()
    os.close(writing)


@pytest.mark.parametrize("data", [b"", b"wal", protocol.PREFIX.pack(b"wall", 10, 10), b"wall" + bytes(11)])
def test_a_frame_that_does_not_end_is_late(channel, data):
    channel, theirs = channel
    theirs.sendall(data)
    began = time.monotonic()
    with pytest.raises(Late):
        channel.receive(began + 0.1)
    assert time.monotonic() >= began + 0.1


def test_a_peer_that_does_not_read_makes_a_send_late(channel):
    channel, _ = channel
    with pytest.raises(Late):
        channel.send({"kind": "x"}, [bytes(1 << 20)], time.monotonic() + 0.1)


def test_a_peer_that_has_gone_is_gone(channel):
    channel, theirs = channel
    theirs.close()
    with pytest.raises(Gone):
        channel.receive(time.monotonic() + 1)


def test_outputs_beyond_the_limit_are_cut_and_it_is_said():
    outputs = Outputs(10)
    outputs.printed("stdout", b"x" * 8)
    outputs.printed("stderr", b"y" * 8)
    outputs.shown({"output_type": "display_data", "data": {"text/plain": "z"}})
    taken = outputs.taken()
    assert [o["text"] for o in taken] == ["x" * 8, "yy", "[more was shown; it was not kept]\n"]


def test_outputs_of_all_cells_together_have_a_limit():
    def cell():
        shown = {"kind": "output", "n": 1, "output": {"output_type": "display_data", "data": {"text/plain": "x" * 900}}}
        error = {"output_type": "error", "ename": "E", "evalue": "y" * 300, "traceback": ["z" * 600] * 5}
        failed = {"kind": "output", "n": 1, "output": error}
        return [(shown, memoryview(b""))] * 2 + [(failed, memoryview(b""))] * 9

    frames = [frame for n in range(1, 9) for frame in [*cell(), ({"kind": "ran", "n": n}, memoryview(b""))]]
    student = session.Session(lambda printed: Peer(frames), Limits(output_bytes=3000, outputs_bytes=5000))
    kept = [student.run("x") for _ in range(8)]
    assert [o["output_type"] for o in kept[0]] == ["display_data", "display_data", "error", "stream"]
    assert all([o["output_type"] for o in later] == ["error", "stream"] for later in kept[3:])
    assert all(o["traceback"] == [f"E: {'y' * 300}"] for later in kept[3:] for o in later[:1])


@given(st.text())
def test_a_clean_text_has_no_character_that_controls(text):
    cleaned = clean(text + "\x1b[1m\x07\u202e\ud800", 50)
    assert len(cleaned) <= 50 and not set(cleaned) & {chr(c) for c in range(32) if c not in (9, 10)}
    cleaned.encode()
