"""The student's side: an IPython session that runs cells and answers calls with plain data.

Whatever it says is the student's word and nothing more: its process is the student's, and can write on the socket what
it likes. The trusted side takes it for a value of one of the student's functions, or for no answer.
"""

import ast
import base64
import builtins
import contextlib
import os
import random
import signal
import socket
import sys
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import matplotlib.pyplot
import numpy as np
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from . import protocol

LONGEST_TEXT = 4000
RESULTS_KEPT = 3
RESULTS_BYTES_KEPT = 1 << 20


class _Publisher(DisplayPublisher):
    def publish(self, data, metadata=None, **others):
        self.shell.show("display_data", data)

    def clear_output(self, wait=False):
        pass


class _Hook(DisplayHook):
    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        self.shell.show("execute_result", format_dict)


class StudentShell(InteractiveShell):
    """IPython as in a notebook: magics, inline plots, rich outputs; no history file, nobody at the keyboard."""

    _connection: "_Connection | None" = None

    @classmethod
    def prepared(cls) -> "StudentShell":
        """The one shell of this process, before it is anybody's."""
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "nocolor"
        config.InteractiveShell.xmode = "Plain"
        config.InteractiveShell.banner1 = ""
        shell = cls.instance(config=config, display_pub_class=_Publisher, displayhook_class=_Hook)
        shell.run_line_magic("matplotlib", "inline")
        # What is loaded when it is first used is loaded now, once for all submissions.
        shell.run_cell("import matplotlib.pyplot as plt\nplt.plot([1, 2], label='x')\nplt.legend()\nplt.show()\n1/0")
        matplotlib.pyplot.close("all")
        shell.reset(new_session=True)
        return shell

    def answer(self, connection: socket.socket, most: int) -> None:
        """Serves requests from `connection` until it closes.

        most  bytes that the arrays of a frame may have
        """
        for descriptor, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
            stream = open(descriptor, mode, encoding="utf-8", errors="backslashreplace", closefd=False)
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
        sys.path.insert(0, "")
        sys.argv = [""]
        builtins.input = _nobody_answers
        # Else each run would inherit another state of the server's: the same submission gets the same verdict.
        random.seed(0)
        np.random.seed(0)
        self._connection = _Connection(connection, most, self)
        with contextlib.suppress(EOFError, OSError):
            self._connection.serve()

    def show(self, kind: str, data: dict) -> None:
        """Sends one output of a cell."""
        if self._connection is None:
            return
        bundle = {}
        for mime, content in data.items():
            if isinstance(content, bytes):
                content = base64.b64encode(content).decode()
            if isinstance(content, str):
                bundle[mime] = content
        self._connection.output({"output_type": kind, "data": bundle, "execution_count": self.execution_count})

    def _showtraceback(self, etype, evalue, stb):
        name = getattr(etype, "__name__", str(etype))
        lines = stb if isinstance(stb, list) else [str(stb)]
        if self._connection is None:
            return
        output = {"output_type": "error", "ename": name, "evalue": _text_of(evalue), "traceback": lines}
        self._connection.output(output)

    def enable_matplotlib(self, gui=None):
        """`%matplotlib` of any kind: figures are shown inline, as there is no window and no browser to talk to."""
        return super().enable_matplotlib("inline")

    def enable_gui(self, gui=None):
        pass

    def ask_exit(self):
        print("quit() is not obeyed here: the cells that follow are run too.", file=sys.stderr)

    def system(self, cmd):
        """`!command`: its output goes where the cell's goes."""
        sys.stdout.flush()
        return self.system_raw(cmd)


class _Connection:
    """Requests come in, answers go out; one exchange inside another where a callable of the trusted side is called."""

    def __init__(self, connection: socket.socket, most: int, shell: StudentShell):
        self._socket = connection
        self._file = connection.makefile("rb")
        self._most = most
        self._shell = shell
        self._process = os.getpid()
        self._interruptible = _Interruptible()
        self._turn = threading.RLock()
        self._shown = 0
        self._asked = 0
        self._lent: list[Callable] = []
        self._borrowed: dict[int, Callable] = {}
        self._results: deque[tuple[int, Any, tuple]] = deque(maxlen=RESULTS_KEPT)

    def serve(self) -> None:
        while True:
            self._obey(*self._receive())

    def output(self, output: dict) -> None:
        """Sends an output of a cell, and waits until it is taken: what is printed next comes after it."""
        _flush()
        with contextlib.suppress(protocol.TooLarge), self._turn:
            self._shown += 1
            shown = self._shown
            self._send({"kind": "output", "n": shown, "output": output}, [])
            # A thread that goes on after its cell must not take what is meant for the main thread.
            while threading.current_thread() is threading.main_thread():
                answer, _ = self._receive()
                if answer["kind"] == "seen" and answer["n"] == shown:
                    return

    def _receive(self) -> tuple[dict, memoryview]:
        return protocol.receive(self._read, self._most)

    def _read(self, count: int) -> bytes:
        data = self._file.read(count)
        if len(data) < count:
            raise EOFError
        return data

    def _send(self, header: dict, buffers: list) -> None:
        if os.getpid() != self._process:
            os._exit(0)  # a copy that the student's code forked and did not end
        data = protocol.frame(header, buffers, self._most)
        with self._turn:
            self._socket.sendall(data)

    def _obey(self, request: dict, body: memoryview) -> None:
        if request["kind"] == "run":
            self._run(request)
        elif request["kind"] == "call":
            self._call(request, body)
        # Else it is late: what waited for it was interrupted.

    def _run(self, request: dict) -> None:
        source = request["source"]
        if request["definitions_only"]:
            source = _definitions(self._shell, source)
        with self._interruptible:
            self._shell.run_cell(source, store_history=True)
        _flush()
        self._send({"kind": "ran", "n": request["n"]}, [])

    def _call(self, request: dict, body: memoryview) -> None:
        answer, buffers = {"n": request["n"]}, []
        taken: list = []
        before: list = []
        try:
            args, kwargs = protocol.Unpacker(body, self._borrow).unpack(request["args"])
            taken = [*args, *kwargs.values()]
            before = [_snapshot(value) for value in taken]
            with self._interruptible, np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                function = self._function(request["function"])
                value = None
                if function is None:
                    answer["kind"] = "undefined"
                else:
                    value = function(*args, **kwargs)
                    if isinstance(value, Iterator):
                        value = list(islice(value, protocol.LONGEST_ITERATOR))
                    answer["kind"] = "returned"
                packer = protocol.Packer(self._lend, self._most)
                answer["value"] = packer.pack(value)
                self._report_changes(answer, packer, taken, before)
                buffers = packer.buffers
                if answer["kind"] == "returned":
                    self._keep(request["n"], value)
        except protocol.Refused as what:
            answer, buffers = {"n": request["n"], "kind": "refused", "what": str(what)}, []
        except protocol.TooLarge as size:
            answer, buffers = {"n": request["n"], "kind": "refused", "size": str(size)}, []
        except BaseException as error:
            answer, buffers = self._raised(request["n"], error, taken, before)
        _flush()
        try:
            self._send(answer, buffers)
        except protocol.TooLarge as size:
            self._send({"n": request["n"], "kind": "refused", "size": str(size)}, [])

    def _raised(self, n: int, error: BaseException, taken: list, before: list) -> tuple[dict, list]:
        mro = [kind.__name__ for kind in type(error).__mro__ if kind is vars(builtins).get(kind.__name__)]
        answer = {"kind": "raised", "n": n, "mro": mro, "name": type(error).__name__, "text": _text_of(error)}
        packer = protocol.Packer(self._lend, self._most)
        try:
            self._report_changes(answer, packer, taken, before)
        except Exception:  # what was raised is the answer, whatever the arguments have become
            return {**answer, "arguments": [], "results": []}, []
        return answer, packer.buffers

    def _report_changes(self, answer: dict, packer: protocol.Packer, taken: list, before: list) -> None:
        """Adds to an answer what the call changed: arguments, by position, and results of earlier calls, by number."""
        answer["arguments"] = [
            [position, packer.pack(value)]
            for position, (value, old) in enumerate(zip(taken, before))
            if _snapshot(value) != old
        ]
        answer["results"] = []
        for k, (n, value, old) in enumerate(self._results):
            new = _snapshot(value)
            if new != old:
                answer["results"].append([n, packer.pack(value)])
                self._results[k] = (n, value, new)

    def _keep(self, n: int, value: Any) -> None:
        if isinstance(value, (np.ndarray, list, tuple, dict)):
            self._results.append((n, value, _snapshot(value)))
            while len(self._results) > 1 and sum(_size(old) for *_, old in self._results) > RESULTS_BYTES_KEPT:
                self._results.popleft()

    def _function(self, name: str | int) -> Callable | None:
        if isinstance(name, int):
            return self._lent[name]
        function = self._shell.user_ns.get(name)
        return function if callable(function) else None

    def _lend(self, function: Callable) -> list:
        for number, borrowed in self._borrowed.items():
            if borrowed is function:
                return ["yours", number]
        self._lent.append(function)
        return ["mine", len(self._lent) - 1]

    def _borrow(self, tag: str, number: int | str) -> Callable:
        if tag == "yours":
            return self._function(number) or _missing(number)
        if number not in self._borrowed:

            def given(*args, **kwargs):
                return self._ask(number, args, kwargs)

            self._borrowed[number] = given
        return self._borrowed[number]

    def _ask(self, number: int, args: tuple, kwargs: dict) -> Any:
        packer = protocol.Packer(self._lend, self._most)
        try:
            tree = packer.pack([args, kwargs])
        except protocol.Refused as what:
            raise TypeError(f"the function that was given takes plain data, not {what}") from None
        with self._turn:
            self._asked += 1
            asked = self._asked
            request = {"kind": "ask", "n": asked, "callable": number, "args": tree}
            try:
                self._send(request, packer.buffers)
            except protocol.TooLarge as size:
                raise MemoryError(f"the arguments are too large ({size})") from None
            while True:
                answer, body = self._receive()
                if answer["kind"] == "answer" and answer["n"] == asked:
                    return protocol.Unpacker(body, self._borrow).unpack(answer["value"])
                if answer["kind"] == "error" and answer["n"] == asked:
                    raise getattr(builtins, answer["name"])("the function that was given raised this")
                self._obey(answer, body)


def _missing(name: str) -> Callable:
    def missing(*args, **kwargs):
        raise NameError(f"name {name!r} is not defined")

    return missing


def _definitions(shell: StudentShell, source: str) -> str:
    """The functions, classes and imports of a cell that ended its process, so that only what it ran is lost."""
    try:
        tree = ast.parse(shell.transform_cell(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    return ast.unparse(ast.Module([statement for statement in tree.body if isinstance(statement, kinds)], []))


class _Interruptible:
    """An interrupt of the trusted side's reaches the student's code, and never what is around it; a context manager
    of which there is one, as setting a handler for each call costs more than the call."""

    def __init__(self):
        self._depth = 0
        signal.signal(signal.SIGINT, self._interrupt)

    def __enter__(self) -> None:
        self._depth += 1

    def __exit__(self, *exception: object) -> None:
        self._depth -= 1

    def _interrupt(self, number: int, frame: object) -> None:
        if self._depth:
            raise KeyboardInterrupt


def _snapshot(value: Any) -> tuple[object, list[bytes]] | None:
    """What is equal where two plain values are the same, and bytes that are; None for what is not plain."""
    if type(value) is np.ndarray and value.dtype.kind in "biufc":  # the same, sooner
        return (value.dtype.str, value.shape, value.flags.writeable), [value.tobytes()]
    packer = protocol.Packer(lambda function: ["mine", id(function)], sys.maxsize)
    try:
        return repr(packer.pack(value)), packer.buffers
    except protocol.Refused:
        return None


def _size(snapshot: tuple[object, list[bytes]] | None) -> int:
    return sum(map(len, [snapshot[0], *snapshot[1]])) if snapshot else 0


def _text_of(error: BaseException) -> str:
    # str() of a KeyError has quotes of its own, and it gets them again on the other side.
    try:
        alone = error.args[0] if isinstance(error, KeyError) and len(error.args) == 1 else error
        return str(alone)[:LONGEST_TEXT]
    except Exception:
        return "(its text cannot be had)"


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()


def _nobody_answers(prompt: object = "") -> str:
    raise RuntimeError("input() has nobody to answer it here")
