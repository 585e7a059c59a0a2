"""One submission, as the trusted side sees it: cells that run, functions that answer."""

import contextlib
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Any, NoReturn, Protocol

import numpy as np

from . import protocol
from .channel import Channel, Gone, Late
from .errors import NoAnswer, NotDefined, NotPlain, WallFault, builtin_name, raised
from .limits import Limits
from .outputs import Outputs, clean

GRACE_SECONDS = 0.3  # to obey an interrupt
START_SECONDS = 20.0
PATIENCE = 2  # calls of one function without an answer, until a cell is run again
DEEPEST_EXCHANGE = 12  # calls within calls
MOST_ASKED = 2000  # entries in the arguments of a function of ours, beyond four times those that the student was given
RESULTS_REMEMBERED = 8


class Process(Protocol):
    """A student's process, as the wall starts it."""

    channel: Channel

    def interrupt(self) -> None: ...
    def end(self) -> None: ...


class StudentFunction:
    """A student's function: called like one, and it takes and gives plain data.

    Arguments are sent as copies; what the student's function changes of them, and of results that it gave before, is
    changed in place here too. It raises what the student's function raised, as a builtin exception of the same class,
    or NoAnswer.
    """

    def __init__(self, session: "Session", name: str, number: int | None = None, generation: int = 0):
        self.__name__ = self.__qualname__ = name
        self._session = session
        self._number = number
        self._generation = generation

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._session._call(self, args, kwargs)

    def __deepcopy__(self, memo: dict) -> "StudentFunction":
        return self

    def __repr__(self) -> str:
        return f"<{self.__name__}, a student's function>"


class Session:
    """One throw-away world for one submission; a context manager. Its process is started when it is first needed.

    start    starts a process; its argument is told what is printed
    """

    def __init__(self, start: Callable[[Callable[[str, bytes], None]], Process], limits: Limits):
        self._start = start
        self._limits = limits
        self._process: Process | None = None
        self._cells: list[list] = []  # source, and how to replay it: "all", "definitions" or "nothing"
        self._restarts = 0
        self._left = limits.session_seconds
        self._outputs: Outputs | None = None
        self._outputs_left = limits.outputs_bytes
        self._unanswered: Counter = Counter()
        self._depth = 0
        self._n = 0
        self._generation = 0
        self._lent: list[Callable] = []
        self._most_asked = MOST_ASKED
        self._results: deque[tuple[int, Any]] = deque(maxlen=RESULTS_REMEMBERED)

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the student's process and everything that it started."""
        if self._process:
            self._process.end()
            self._process = None

    def function(self, name: str) -> StudentFunction:
        """The student's function `name`, whether it is defined already or not; a call of one that is not raises
        NotDefined."""
        return StudentFunction(self, name)

    def run(self, source: str) -> list[dict]:
        """Runs a cell. Returns its outputs as nbformat (version 4) has them, capped; what goes wrong in it is the last
        of them. Raises WallFault alone."""
        self._unanswered.clear()
        outputs = Outputs(max(min(self._limits.output_bytes, self._outputs_left), 0))
        cell = [source, "all"]
        try:
            self._ready()
            self._cells.append(cell)
            self._run(cell, outputs)
        except Late:
            outputs.failed("CellTimeoutError", f"the cell did not end within {_seconds(self._limits.cell_seconds)}")
        except Gone:
            outputs.failed("DeadProcessError", "the cell ended the process that it ran in, or it used up the memory")
        except (protocol.Malformed, protocol.TooLarge):
            outputs.failed("DeadProcessError", "the cell wrote into the pipe of the grader")
        except NoAnswer as error:
            outputs.failed("NotRun", str(error))
        taken = outputs.taken()
        self._outputs_left -= outputs.size()
        return taken

    # --- processes ---

    def _ready(self) -> None:
        """Sees to a process in which all cells so far have been run; NoAnswer where there is none to be had."""
        while self._process is None or self._left <= 0:
            if self._left <= 0:
                self.close()
                raise NoAnswer(f"the submission has used up its {_seconds(self._limits.session_seconds)}")
            if self._restarts > self._limits.restarts:
                raise NoAnswer("the submission ended its process too often")
            self._restarts += 1
            self._generation += 1
            self._results.clear()
            self._lent.clear()
            self._process = self._start(self._printed)
            self._begin()
            for cell in self._cells:
                try:
                    self._run(cell, Outputs(0))
                except (Late, Gone, protocol.Malformed, protocol.TooLarge):
                    if self._process is None:
                        break  # the cell is marked: the next replay takes less of it

    def _begin(self) -> None:
        try:
            header, _ = self._process.channel.receive(time.monotonic() + START_SECONDS)
        except (Late, Gone, protocol.Malformed, protocol.TooLarge) as error:
            self.close()
            raise WallFault(f"a student's process did not start ({type(error).__name__})") from None
        if header["kind"] != "ready":
            self.close()
            raise WallFault(f"a student's process did not start: {clean(header.get('why'))}")

    def _run(self, cell: list, outputs: Outputs) -> None:
        source, how = cell
        if how == "nothing":
            return
        self._outputs = outputs
        self._n += 1
        request = {"kind": "run", "n": self._n, "source": source, "definitions_only": how == "definitions"}
        try:
            self._exchange(request, [], ("ran",), self._limits.cell_seconds)
        except (Late, Gone, protocol.Malformed, protocol.TooLarge):
            cell[1] = "definitions" if how == "all" else "nothing"
            raise
        finally:
            self._outputs = None

    def _printed(self, name: str, data: bytes) -> None:
        if self._outputs:
            self._outputs.printed(name, data)

    def _exchange(self, request: dict, buffers: list, kinds: tuple, seconds: float) -> tuple[dict, memoryview]:
        """Sends a request and waits for its answer, answering what is asked meanwhile. Where none comes (Late, Gone,
        protocol.Malformed, protocol.TooLarge), the process is interrupted or ended before that is raised."""
        began = time.monotonic()
        deadline = began + max(min(seconds, self._left), 0.0)
        sound = False  # whether the process can go on
        self._depth += 1
        try:
            self._process.channel.send(request, buffers, deadline)
            answer = self._await(request["n"], kinds, deadline)
            sound = True
            return answer
        except Late:
            sound = self._interrupted(request["n"], kinds)
            raise
        finally:
            if not sound:
                self.close()
            self._depth -= 1
            if not self._depth:
                self._left -= time.monotonic() - began

    def _await(self, n: int, kinds: tuple, deadline: float) -> tuple[dict, memoryview]:
        channel = self._process.channel
        while True:
            header, body = channel.receive(deadline)
            if header["kind"] == "output":
                self._show(header, deadline)
            elif header["kind"] == "ask":
                self._answer(header, body, deadline)
            elif header["kind"] in kinds and header.get("n") == n:
                channel.drain()
                return header, body
            else:
                raise protocol.Malformed("out of turn")

    def _show(self, header: dict, deadline: float) -> None:
        self._process.channel.drain()  # what was printed before it comes before it
        if self._outputs:
            self._outputs.shown(header.get("output"))
        if type(header.get("n")) is not int:
            raise protocol.Malformed("no number")
        self._process.channel.send({"kind": "seen", "n": header["n"]}, [], deadline)

    def _interrupted(self, n: int, kinds: tuple) -> bool:
        """Interrupts what runs too long; whether it stopped and the process can go on."""
        if self._depth > 1:
            return False
        self._process.interrupt()
        deadline = time.monotonic() + GRACE_SECONDS
        channel = self._process.channel
        try:
            while True:
                header, _ = channel.receive(deadline)
                if header["kind"] in kinds and header.get("n") == n:
                    channel.drain()
                    return True
                if header["kind"] != "output":
                    return False
                self._show(header, deadline)
        except (Late, Gone, protocol.Malformed, protocol.TooLarge):
            return False

    # --- calls of the student's functions ---

    def _call(self, function: StudentFunction, args: tuple, kwargs: dict) -> Any:
        name = function.__name__
        if self._unanswered[name] >= PATIENCE:
            raise NoAnswer(f"{name} gave no answer {PATIENCE} times, and is not called again")
        if self._depth >= DEEPEST_EXCHANGE:
            raise NoAnswer(f"{name} was called in calls of calls without an end")
        if self._depth and self._process is None:
            raise NoAnswer(f"{name} has no process any more")
        self._ready()
        self._check_generation(function)
        try:
            return self._exchange_call(function, args, kwargs)
        except Late:
            self._no_answer(name, f"did not answer within {_seconds(self._limits.call_seconds)}")
        except Gone:
            self._no_answer(name, "ended the process that it ran in, or it used up the memory")
        except protocol.TooLarge as size:
            self._no_answer(name, f"gave an answer that is too large ({size})")
        except protocol.Malformed:
            self._no_answer(name, "gave an answer that cannot be read")

    def _check_generation(self, function: StudentFunction) -> None:
        if function._number is not None and function._generation != self._generation:
            raise NoAnswer(f"{function.__name__} is gone with the process that it was made in")

    def _no_answer(self, name: str, why: str) -> NoReturn:
        self._unanswered[name] += 1
        if self._left <= 0:
            why = f"did not answer before the submission had used up its {_seconds(self._limits.session_seconds)}"
        raise NoAnswer(f"{name} {why}") from None

    def _exchange_call(self, function: StudentFunction, args: tuple, kwargs: dict) -> Any:
        name = function.__name__
        packer = protocol.Packer(self._lend, self._limits.reply_bytes)
        self._n += 1
        n = self._n
        which = name if function._number is None else function._number
        try:
            tree = packer.pack([list(args), kwargs])
        # A test hands on what the student's functions gave it, and that may be made for this.
        except protocol.Refused as what:
            raise NoAnswer(f"{name} cannot be called with {what}") from None
        except protocol.TooLarge:
            raise NoAnswer(f"{name} cannot be called with more than {self._limits.reply_bytes / 1e6:.0f} MB") from None
        self._most_asked = MOST_ASKED + 4 * _entries([args, kwargs])
        request = {"kind": "call", "n": n, "function": which, "args": tree}
        kinds = ("returned", "raised", "refused", "undefined")
        header, body = self._exchange(request, packer.buffers, kinds, self._limits.call_seconds)
        if header["kind"] == "undefined":
            raise NotDefined(name)
        if header["kind"] == "refused":
            self._refuse(name, header)
        try:
            value = self._take(name, header, body, [*args, *kwargs.values()])
            error = self._raised(header) if header["kind"] == "raised" else None
        except BaseException:
            self.close()
            raise
        if error:
            raise error from None
        if isinstance(value, (np.ndarray, list, tuple, dict)):
            self._results.append((n, value))
        return value

    def _refuse(self, name: str, header: dict) -> NoReturn:
        what, size = clean(header.get("what"), 100), clean(header.get("size"), 20)
        if what:
            raise NotPlain(f"{name} returned {what}; a number, an array, or lists, tuples or dicts of them are needed")
        raise NotPlain(
            f"{name} returned {size or 'too much'}; at most {self._limits.reply_bytes / 1e6:.0f} MB are taken"
        )

    def _take(self, name: str, header: dict, body: memoryview, taken: list) -> Any:
        """What came back; writes into arguments and earlier results what the call changed of them."""
        unpacker = protocol.Unpacker(body, lambda tag, number: self._borrow(name, tag, number))
        value = unpacker.unpack(header.get("value", [])) if header["kind"] == "returned" else None
        earlier = dict(self._results)
        changes = []
        for key, owners in (("arguments", dict(enumerate(taken))), ("results", earlier)):
            listed = header.get(key)
            if not isinstance(listed, list) or len(listed) > 100:
                raise protocol.Malformed("no list of changes")
            for change in listed:
                if not isinstance(change, list) or len(change) != 2 or type(change[0]) is not int:
                    raise protocol.Malformed("no change")
                changes.append((owners.get(change[0]), unpacker.unpack(change[1])))
        unpacker.end()
        for target, new in changes:
            _write(target, new)
        return value

    def _raised(self, header: dict) -> Exception:
        mro = header.get("mro")
        mro = [base for base in mro[:20] if isinstance(base, str)] if isinstance(mro, list) else []
        return raised(mro, clean(header.get("name"), 100) or "Exception", clean(header.get("text")))

    # --- callables of the trusted side's, and the student's that come back ---

    def _lend(self, function: Callable) -> list:
        if isinstance(function, StudentFunction):
            if function._session is self:
                self._check_generation(function)
                return ["yours", function.__name__ if function._number is None else function._number]
        for number, lent in enumerate(self._lent):
            if lent is function:
                return ["mine", number]
        self._lent.append(function)
        return ["mine", len(self._lent) - 1]

    def _borrow(self, name: str, tag: str, number: int | str) -> Callable:
        if type(number) is not int:
            raise protocol.Malformed("no number")
        if tag == "mine":
            return StudentFunction(self, f"what {name} returned", number, self._generation)
        if not 0 <= number < len(self._lent):
            raise protocol.Malformed("no such callable")
        return self._lent[number]

    def _answer(self, header: dict, body: memoryview, deadline: float) -> None:
        number = header.get("callable")
        if type(number) is not int or not 0 <= number < len(self._lent) or type(header.get("n")) is not int:
            raise protocol.Malformed("no such callable")
        unpacker = protocol.Unpacker(body, lambda tag, k: self._borrow("the student", tag, k))
        asked = unpacker.unpack(header.get("args"))
        unpacker.end()
        try:
            args, kwargs = asked
            if _entries(asked) > self._most_asked:
                raise MemoryError  # their product, say, would be the grader's to compute
            value = self._lent[number](*args, **kwargs)
            packer = protocol.Packer(self._lend, self._limits.reply_bytes)
            answer, buffers = {"kind": "answer", "n": header["n"], "value": packer.pack(value)}, packer.buffers
        except (NoAnswer, WallFault):
            raise
        except (protocol.Refused, protocol.TooLarge):
            # What the student asked with made it so: integers too large for an array, say.
            answer, buffers = {"kind": "error", "n": header["n"], "name": "ValueError"}, []
        except Exception as error:
            # Its text could say what the student is not to see.
            answer, buffers = {"kind": "error", "n": header["n"], "name": builtin_name(error)}, []
        if self._process is None:
            raise Gone
        self._process.channel.send(answer, buffers, deadline)


def _entries(value: Any) -> int:
    """How many numbers there are in a value, each thing that is no array or collection counted as one."""
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, dict):
        return sum(map(_entries, value.values()))
    return sum(map(_entries, value)) if isinstance(value, (list, tuple)) else 1


def _write(target: Any, new: Any) -> None:
    """Makes `target` equal to `new`, in place as far as it can be changed at all."""
    if isinstance(target, np.ndarray) and isinstance(new, np.ndarray):
        _write_array(target, new)
    elif isinstance(target, np.random.Generator) and isinstance(new, np.random.Generator):
        if type(target.bit_generator) is type(new.bit_generator):
            target.bit_generator.state = new.bit_generator.state
    elif isinstance(target, list) and isinstance(new, list):
        target[:] = [_written(old, item) for old, item in zip(target, new)] + new[len(target) :]
    elif isinstance(target, tuple) and isinstance(new, tuple):
        for old, item in zip(target, new):
            _write(old, item)
    elif isinstance(target, dict) and isinstance(new, dict):
        old = dict(target)
        target.clear()
        target.update({key: _written(old[key], item) if key in old else item for key, item in new.items()})


def _written(old: Any, new: Any) -> Any:
    """`old` with the content of `new`, where it can have it; else `new`."""
    if type(old) is not type(new) or not isinstance(old, (np.ndarray, list, dict, tuple, np.random.Generator)):
        return new
    if isinstance(old, tuple):
        return tuple(map(_written, old, new)) if len(old) == len(new) else new
    _write(old, new)
    return old


def _write_array(target: np.ndarray, new: np.ndarray) -> None:
    with contextlib.suppress(ValueError, TypeError):  # a view that cannot be written to, or made another size
        target.flags.writeable = True
        if target.shape != new.shape:
            target.resize(new.shape, refcheck=False)
        target[...] = new


def _seconds(seconds: float) -> str:
    return f"{seconds:g} s"
