import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.wall import protocol

MOST = 1 << 20

numeric = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(endianness="<"),
    hnp.unsigned_integer_dtypes(endianness="<"),
    hnp.floating_dtypes(endianness="<", sizes=(16, 32, 64)),
    hnp.complex_number_dtypes(endianness="<", sizes=(64, 128)),
)
arrays = hnp.arrays(numeric, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.complex_numbers(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"])), arrays.map(lambda a: a.ravel()[0] if a.size else None),
)  # fmt: skip
plain = st.recursive(
    st.one_of(scalars, arrays),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.one_of(st.text("abc"), st.integers(), st.tuples(st.integers())), inner, max_size=4),
    ),
    max_leaves=12,
)


def no_callables(*_):
    raise protocol.Malformed("no callables here")


def to_frame(value, most=MOST):
    packer = protocol.Packer(no_callables, most)
    tree = packer.pack(value)
    return protocol.frame({"kind": "test", "value": tree}, packer.buffers, most)


def reader(data):
    at = 0

    def read(count):
        nonlocal at
        if at + count > len(data):
            raise EOFError
        at += count
        return data[at - count : at]

    return read


def from_frame(data, most=MOST):
    header, body = protocol.receive(reader(data), most)
    unpacker = protocol.Unpacker(body, no_callables)
    value = unpacker.unpack(header.get("value"))
    unpacker.end()
    return value


@pytest.mark.slow
@given(plain)
@settings(max_examples=300, deadline=None)
def test_plain_values_arrive_as_they_were(value):
    received = from_frame(to_frame(value))
    assert type(received) is type(value) and to_frame(received) == to_frame(value)


@given(arrays)
@settings(max_examples=100, deadline=None)
def test_arrays_arrive_in_memory_of_their_own(array):
    received = from_frame(to_frame(array))
    assert type(received) is np.ndarray and received.flags.owndata and received.flags.c_contiguous
    assert received.flags.writeable


@pytest.mark.parametrize("order", ["C", "F", "strided", "big-endian", "read-only"])
def test_the_layout_of_an_array_does_not_change_its_values(order):
    array = np.arange(24, dtype=float).reshape(4, 6)
    sent = {
        "C": array,
        "F": np.asfortranarray(array),
        "strided": array[::-2, 1::2],
        "big-endian": array.astype(">f8"),
        "read-only": np.broadcast_to(array[0], (4, 6)),
    }[order]
    received = from_frame(to_frame(sent))
    assert np.array_equal(received, sent) and received.dtype == np.dtype("<f8")


@pytest.mark.parametrize("name", ["PCG64", "PCG64DXSM", "SFC64", "Philox", "MT19937"])
def test_a_generator_goes_on_where_it_was(name):
    generator = np.random.Generator(getattr(np.random, name)(7))
    generator.integers(0, 9, size=3)  # leaves half a word behind
    received = from_frame(to_frame(generator))
    assert np.array_equal(received.integers(0, 2**31, size=20), generator.integers(0, 2**31, size=20))


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.int64, np.bool_, float, int, bool])
def test_types_arrive_as_types(kind):
    assert from_frame(to_frame(kind)) is kind
    assert from_frame(to_frame(np.dtype(kind))) == np.dtype(kind)


@pytest.mark.parametrize(
    "value, name",
    [
        pytest.param(10**10_000, "an integer of thousands of digits", id="large integer"),
        ({1, 2}, "a set"),
        (b"x", "a bytes"),
        (object(), "a object"),
        (np.array([None, 1]), "an array of objects"),
        (np.array(["a"]), "an array of text"),
        (np.ones((1, 1)).view(np.matrix), "a matrix"),
        (np.ma.masked_array([1.0], [True]), "a MaskedArray"),
        (np.array(["2001-01-01"], dtype="M8[D]"), "an array of datetime64[D]"),
        ([{"a": {3}}], "a set"),
    ],
)
def test_what_is_not_plain_is_named(value, name):
    with pytest.raises(protocol.Refused, match=name.replace("[", r"\[")):
        to_frame(value)


def test_a_list_that_contains_itself_is_refused():
    endless = []
    endless.append(endless)
    with pytest.raises(protocol.Refused, match="nested without an end"):
        to_frame(endless)


def test_iterators_arrive_as_lists_and_end():
    def forever():
        while True:
            yield 1

    assert from_frame(to_frame(x * x for x in range(4))) == [0, 1, 4, 9]
    assert len(from_frame(to_frame(forever()))) == protocol.LONGEST_ITERATOR


def test_subclasses_of_builtin_types_arrive_as_their_base():
    class Odd(int):
        def __eq__(self, other):
            return True

        __hash__ = int.__hash__

    class Lying(float):
        def __float__(self):
            return 1.0

    for value, kind in ((Odd(3), int), (Lying(3.0), float), (np.float64(3.0), np.float64)):
        received = from_frame(to_frame(value))
        assert type(received) is kind and received == kind(3)
    assert type(from_frame(to_frame(Odd(3)))) is int


def hostile(header: object, body: bytes = b"", claimed: int | None = None) -> bytes:
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    return protocol.PREFIX.pack(protocol.MAGIC, len(head), len(body) if claimed is None else claimed) + head + body


REFUSED = (protocol.Malformed, protocol.TooLarge, EOFError)

HOSTILE = {
    "another magic": b"wail" + bytes(12),
    "nothing": b"",
    "a body of an exabyte": hostile({"kind": "x"}, claimed=1 << 60),
    "a header of 4 GB": protocol.PREFIX.pack(protocol.MAGIC, 0xFFFFFFFF, 0),
    "no JSON": hostile(b"\xff{"),
    "a list": hostile([1]),
    "no kind": hostile({"n": 1}),
    "deep JSON": hostile(b'{"kind":"x","value":' + b"[" * 150_000 + b"]" * 150_000 + b"}"),
    "too many lists": hostile(b'{"kind":"x","value":[' + b"[]," * 300_000 + b"1]}"),
    "an integer of 10000 digits": hostile(b'{"kind":"x","value":' + b"9" * 10_000 + b"}"),
    **{
        f"value {tree!r}"[:60]: hostile({"kind": "x", "value": tree}, body)
        for tree, body in [
            (["a", "<f8", [1 << 32], True], bytes(129)),
            (["a", "<f8", [1 << 62, 1 << 62], True], bytes(8)),
            (["a", "<f8", [0, 1 << 62, 1 << 62], True], b""),
            (["a", "<f8", [-1], True], bytes(8)),
            (["a", "<f8", [True], True], bytes(8)),
            (["a", "<f8", ["1"], True], bytes(8)),
            (["a", "<f8", "1", True], bytes(8)),
            (["a", "<f8", [1.0], True], bytes(8)),
            (["a", "<f8", [1] * 65, True], bytes(8)),
            (["a", "|O8", [1], True], bytes(8)),
            (["a", "<U2", [1], True], bytes(8)),
            (["a", [["a", "<f8"]], [1], True], bytes(8)),
            (["a", "<f8", [1], True], bytes(16)),
            (["a", "<f8"], bytes(8)),
            (["s", "<f8"], bytes(4)),
            (["z", "x", 1], b""),
            (["d", 1], b""),
            (["d", [["l"], 1]], b""),
            (["d", [1, 2, 3]], b""),
            (["D", "O"], b""),
            (["T", "object"], b""),
            (["T", ["l"]], b""),
            (["mine", 0], b""),
            (["yours", -1], b""),
            (["mine"], b""),
            (["nix"], b""),
            ([["l"]], b""),
            ([], b""),
            ({"a": 1}, b""),
            (["g", 1], b""),
            (["g", ["d", ["bit_generator", "os"]]], b""),
            (["g", ["d", ["bit_generator", "PCG64"], ["state", 1]]], b""),
        ]
    },
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_frame_is_refused_and_takes_no_memory(name):
    tracemalloc.start()
    with pytest.raises(REFUSED):
        from_frame(HOSTILE[name])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 << 20


@pytest.mark.parametrize("position", [625, 2**31, -1, 1.0])
def test_a_state_that_points_beyond_its_buffer_is_refused(position):
    packer = protocol.Packer(no_callables, MOST)
    state = np.random.MT19937(1).state
    state["state"]["pos"] = position
    tree = packer.pack(state)
    with pytest.raises(protocol.Malformed):
        protocol.Unpacker(memoryview(b"".join(packer.buffers)), no_callables).unpack(["g", tree])


def test_a_bool_is_true_or_false_whatever_its_byte():
    data = hostile({"kind": "x", "value": ["a", "|b1", [3], True]}, b"\x00\x02\xff")
    assert from_frame(data).tobytes() == b"\x00\x01\x01"


def test_a_lone_surrogate_can_be_printed():
    from_frame(hostile(b'{"kind":"x","value":"a\\ud800b"}')).encode()


def test_many_keys_are_refused():
    with pytest.raises(REFUSED):
        from_frame(hostile({"kind": "x", "value": ["d", *([k, 0] for k in range(5000))]}))


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_random_bytes_are_refused(data):
    with pytest.raises(REFUSED):
        from_frame(data)


trees = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.builds(
            lambda tag, rest: [tag, *rest],
            st.sampled_from(["l", "t", "d", "z", "a", "s", "D", "T", "g", "mine", "yours"]),
            st.lists(st.one_of(inner, st.sampled_from(["<f8", "|b1", "float", [2], [1, 3]])), max_size=4),
        ),
    ),
    max_leaves=15,
)


@pytest.mark.slow
@given(trees, st.binary(max_size=64))
@settings(max_examples=500, deadline=None)
def test_random_trees_are_values_or_are_refused(tree, body):
    try:
        value = from_frame(hostile({"kind": "x", "value": tree}, body))
    except REFUSED:
        return
    assert to_frame(from_frame(to_frame(value))) == to_frame(value)


@pytest.mark.slow
@given(plain, st.data())
@settings(max_examples=300, deadline=None)
def test_a_frame_with_a_changed_byte_is_a_value_or_is_refused(value, data):
    frame = bytearray(to_frame(value))
    at = data.draw(st.integers(0, len(frame) - 1))
    frame[at] = data.draw(st.integers(0, 255))
    try:
        from_frame(bytes(frame))
    except REFUSED:
        pass
