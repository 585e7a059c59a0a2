"""What crosses the wall: frames of plain data, and nothing that could run.

A frame is a prefix of 16 bytes (magic, length of the header, length of the body), a header (JSON, ASCII) and a
body: the raw bytes of the arrays that the header speaks of, one after the other, little-endian and C-contiguous. Both
lengths are compared with limits before memory is taken; so are the numbers of brackets and commas before the header
is parsed, and every size that an array claims before the array is made.

A value is a JSON scalar (None, bool, int, float, str) or a list that begins with a tag:

    ["l", ...]  ["t", ...]        list, tuple
    ["d", [key, value], ...]      dict
    ["z", re, im]                 complex
    ["a", dtype, shape, writable] array; takes its bytes from the body
    ["s", dtype]                  NumPy scalar; the same
    ["D", dtype]  ["T", name]     np.dtype, scalar type such as np.float32 or float
    ["g", state]                  numpy.random.Generator, by the state of its bit generator
    ["mine", id]  ["yours", id]   a callable of the sender's, of the receiver's: only a number crosses, or a name

The student's side begins with `ready` (or `failed`, with `why`). The trusted side then sends `run` (a cell's
`source`) or `call` (of a `function` by name or id, with `args`). While the student's side works on one, it sends
`output` (of a cell; `seen` comes back) and `ask` (to call a `callable` of the trusted side's; `answer` or `error`
comes back, and there may be `call`s in between). It ends with `ran`, or with `returned`, `raised`, `refused` or
`undefined`. A number `n` ties an answer to its request; anything out of turn is malformed.
"""

import hashlib
import itertools
import json
import struct
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

PREFIX = struct.Struct("<4sIQ")
MAGIC = b"wall"
HEADER_BYTES = 1 << 24
MOST_BRACKETS = 200_000
MOST_COMMAS = 2_000_000
MOST_KEYS = 2_000  # keys that collide cost quadratic time
DEEPEST = 50
MOST_DIMENSIONS = 32
LONGEST_ITERATOR = 10_000
LONGEST_INTEGER = 4_000  # digits; Python's own limit is 4300

_NUMBERS = (
    *(np.bool_, np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64),
    *(np.float16, np.float32, np.float64, np.longdouble, np.complex64, np.complex128, np.clongdouble),
)
_DTYPES = {d.str: d for d in (np.dtype(number).newbyteorder("<") for number in _NUMBERS)}
_TYPES = {t.__name__: t for t in (bool, int, float, complex)}
_to_json = json.JSONEncoder(separators=(",", ":")).encode

# Every integer of a bit generator's state is below a bound: `pos` beyond its buffer would read foreign memory.
_BIT_GENERATORS = ("PCG64", "PCG64DXSM", "SFC64", "Philox", "MT19937")
_BOUNDS = {"state": 2**128, "inc": 2**128, "has_uint32": 2, "uinteger": 2**32, "pos": 625, "buffer_pos": 5}


class Refused(Exception):
    """A value that does not cross; the text names what it is, such as "a set"."""


class Malformed(Exception):
    """Bytes that are no frame, or not the frame whose turn it is."""


class TooLarge(Exception):
    """A frame beyond the limits."""


def frame(header: dict, buffers: list, most: int) -> bytes:
    """The bytes of a frame; TooLarge where its body would have more than `most` bytes."""
    size = sum(len(buffer) for buffer in buffers)
    head = _to_json(header).encode()
    if size > most or len(head) > HEADER_BYTES or head.count(b",") > MOST_COMMAS or _brackets(head) > MOST_BRACKETS:
        raise TooLarge(f"{(size + len(head)) / 1e6:.0f} MB")
    return b"".join([PREFIX.pack(MAGIC, len(head), size), head, *buffers])


def receive(read: Callable[[int], bytes], most: int) -> tuple[dict, memoryview]:
    """One frame: header and body.

    read  gives exactly so many bytes, or raises
    most  bytes that a body may have
    Raises Malformed or TooLarge, before it takes memory for what the prefix claims.
    """
    magic, head_size, size = PREFIX.unpack(read(PREFIX.size))
    if magic != MAGIC:
        raise Malformed("no frame")
    if head_size > HEADER_BYTES or size > most:
        raise TooLarge(f"{(head_size + size) / 1e6:.0f} MB")
    head = bytes(read(head_size))
    body = memoryview(read(size)) if size else memoryview(b"")
    if _brackets(head) > MOST_BRACKETS or head.count(b",") > MOST_COMMAS:
        raise TooLarge(f"{len(head) / 1e6:.0f} MB of lists")
    try:
        header = json.loads(head)
    except (ValueError, RecursionError):
        raise Malformed("no JSON") from None
    if not isinstance(header, dict) or not isinstance(header.get("kind"), str):
        raise Malformed("no kind")
    return header, body


def _brackets(head: bytes) -> int:
    return head.count(b"[") + head.count(b"{")


class Packer:
    """Turns values into trees for a header; collects the arrays' bytes in `buffers`.

    lend  gives the tree of a callable, or raises Refused
    most  bytes that the buffers may have together; beyond them, `pack` raises TooLarge
    """

    def __init__(self, lend: Callable[[Callable], list], most: int):
        self.buffers: list = []
        self._lend = lend
        self._left = most

    def pack(self, value: Any, depth: int = 0) -> Any:
        """The tree of `value`; Refused with a name for what does not cross."""
        kind = type(value)
        if value is None or kind in (bool, float, str):
            return value
        if kind is int:
            if value.bit_length() > LONGEST_INTEGER * 3:
                raise Refused("an integer of thousands of digits")
            return value
        if kind is np.ndarray:
            return ["a", self._bytes_of(value), list(value.shape), bool(value.flags.writeable)]
        if isinstance(value, np.generic):
            return ["s", self._bytes_of(np.asarray(value))]
        if isinstance(value, np.ndarray):
            raise Refused(f"a {kind.__name__}")
        if depth >= DEEPEST:
            raise Refused("lists nested without an end")
        if isinstance(value, (list, range)):
            return ["l", *(self.pack(item, depth + 1) for item in value)]
        if isinstance(value, tuple):
            return ["t", *(self.pack(item, depth + 1) for item in value)]
        if isinstance(value, dict):
            if len(value) > MOST_KEYS:
                raise Refused(f"a dict of more than {MOST_KEYS} keys")
            return ["d", *([self.pack(k, depth + 1), self.pack(v, depth + 1)] for k, v in value.items())]
        return self._pack_rare(value, depth)

    def _pack_rare(self, value: Any, depth: int) -> Any:
        if isinstance(value, np.dtype):
            return ["D", self._name(value)]
        if isinstance(value, type):
            if value in _TYPES.values():
                return ["T", value.__name__]
            if issubclass(value, np.generic):
                return ["T", self._name(np.dtype(value))]
        # Subclasses, such as an enumeration's.
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, int):
            return self.pack(int.__index__(value), depth)
        if isinstance(value, float):
            return float.__float__(value)
        if isinstance(value, complex):
            return ["z", value.real, value.imag]
        if isinstance(value, np.random.Generator):
            state = value.bit_generator.state
            if state.get("bit_generator") not in _BIT_GENERATORS:
                raise Refused(f"a generator on {state.get('bit_generator')}")
            return ["g", self.pack(state, depth + 1)]
        if isinstance(value, Iterator):
            return self.pack(list(itertools.islice(value, LONGEST_ITERATOR)), depth)
        if callable(value):
            return self._lend(value)
        raise Refused(f"a {type(value).__name__}")

    def _bytes_of(self, array: np.ndarray) -> str:
        self._left -= array.nbytes
        if self._left < 0:
            raise TooLarge(f"{array.nbytes / 1e6:.0f} MB")
        name = self._name(array.dtype)
        self.buffers.append(array.astype(_DTYPES[name], order="C", copy=False).tobytes())
        return name

    def _name(self, dtype: np.dtype) -> str:
        name = dtype.newbyteorder("<").str
        if name not in _DTYPES:
            what = "objects" if dtype.kind == "O" else "text" if dtype.kind in "SU" else dtype.name
            raise Refused(f"an array of {what}")
        return name


class Unpacker:
    """Rebuilds the values of one frame, in the order in which they were packed.

    body    the frame's bytes, of which each array takes its own
    borrow  gives the callable for a tag ("mine" or "yours", as the sender means it) and an id; raises Malformed
    """

    def __init__(self, body: memoryview, borrow: Callable[[str, int | str], Callable]):
        self._body = body
        self._at = 0
        self._borrow = borrow

    def unpack(self, tree: Any) -> Any:
        """The value of `tree`: builtin types, plain arrays with memory of their own. Malformed where it is none."""
        try:
            return self._value(tree, 0)
        except Malformed:
            raise
        except Exception as error:  # whatever a hostile tree makes NumPy say
            raise Malformed(f"no value ({type(error).__name__})") from None

    def end(self) -> None:
        """Malformed where bytes are left over."""
        if self._at != len(self._body):
            raise Malformed("bytes are left over")

    def _value(self, tree: Any, depth: int) -> Any:
        if tree is None or isinstance(tree, (bool, int, float)):
            return tree
        if isinstance(tree, str):
            return tree.encode("utf-8", "replace").decode()  # lone surrogates could not be printed
        if depth > DEEPEST or not isinstance(tree, list) or not tree:
            raise Malformed("no value")
        tag, rest = tree[0], tree[1:]
        if tag == "l":
            return [self._value(item, depth + 1) for item in rest]
        if tag == "t":
            return tuple(self._value(item, depth + 1) for item in rest)
        if tag == "d":
            if len(rest) > MOST_KEYS:
                raise Malformed("too many keys")
            return {self._value(key, depth + 1): self._value(value, depth + 1) for key, value in rest}
        if tag == "a":
            name, shape, writable = rest
            array = self._array(name, shape)
            array.flags.writeable = writable is not False
            return array
        if tag == "s":
            (name,) = rest
            return self._array(name, [])[()]
        if tag == "z":
            return complex(*rest)
        if tag == "D":
            return _DTYPES[rest[0]]
        if tag == "T":
            return _TYPES[rest[0]] if rest[0] in _TYPES else _DTYPES[rest[0]].type
        if tag == "g":
            return _generator(self._value(rest[0], depth + 1))
        if tag in ("mine", "yours") and type(rest[0]) in (int, str):
            return self._borrow(tag, rest[0])
        raise Malformed("no value")

    def _array(self, name: str, shape: list) -> np.ndarray:
        dtype = _DTYPES[name]
        if len(shape) > MOST_DIMENSIONS or not all(type(n) is int and 0 <= n < 2**40 for n in shape):
            raise Malformed("no shape")
        size = dtype.itemsize
        for n in shape:
            size *= n
        if size > len(self._body) - self._at:
            raise Malformed("an array claims more bytes than came")
        raw = self._body[self._at : self._at + size]
        self._at += size
        flat = np.frombuffer(raw, dtype=dtype)
        if dtype.kind == "b":  # a byte that is neither 0 nor 1 would make a bool that is neither
            flat = flat.view(np.uint8) != 0
        return flat.reshape(shape).copy()


def _generator(state: dict) -> np.random.Generator:
    name = state["bit_generator"]
    if name not in _BIT_GENERATORS:
        raise Malformed("no bit generator")
    # What it spawns follows from its state alone.
    seed = int.from_bytes(hashlib.sha256(repr(state).encode()).digest()[:16])
    bit_generator = getattr(np.random, name)(seed)
    _check_state(state, bit_generator.state, "")
    bit_generator.state = state
    return np.random.Generator(bit_generator)


def _check_state(state: Any, model: Any, name: str) -> None:
    if isinstance(model, dict):
        if not isinstance(state, dict) or state.keys() != model.keys():
            raise Malformed("no state")
        for key in model:
            _check_state(state[key], model[key], key)
    elif isinstance(model, np.ndarray):
        if not isinstance(state, np.ndarray) or state.dtype != model.dtype or state.shape != model.shape:
            raise Malformed("no state")
    elif isinstance(model, str):
        if state != model:
            raise Malformed("no state")
    elif type(state) is not int or not 0 <= state < _BOUNDS[name]:
        raise Malformed("no state")
