"""Grades on several machines: the workers of a scheduler of Dask, in place of this machine's processes.

    dask scheduler                                 on one machine
    dask worker tcp://HOST:8786 --nthreads 1       on each, as often as it has cores (--nworkers)
    python -m autograder grade submitted --out graded --scheduler tcp://HOST:8786

The machines share no folder. A plugin brings each worker the course, once for each run, and the worker keeps it in a
temporary folder, which the wall does not show to students. A task brings a notebook's bytes; verdict, page and notebook
come back as plain text. What is unpickled on the way was made by this package, on the trusted side of the wall.
"""

import asyncio
import hashlib
import logging
import os
import platform
import secrets
import socket
import tempfile
import threading
import time
from concurrent.futures import BrokenExecutor, CancelledError, Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import numpy as np
from distributed import Client, KilledWorker, Reschedule, Security, Worker, WorkerPlugin, get_worker
from distributed.comm import connect, get_address_host_port

from .course import CONFIG, Course
from .grade import Done, GradingError, Make, Task
from .ledger import LEASE
from .messages import BOOK_URL
from .wall import WallUnavailable

REACH = 10.0  # seconds for a scheduler to answer
PATIENCE = 60.0  # seconds for a first worker, or another one, to be there
SILENCE = 6 * LEASE  # seconds without any answer: within, a worker that hangs has ended itself, and others after it
_PLUGIN = "autograder"


def _installed() -> dict[str, str]:
    """What must be the same on all machines, so that it does not matter where a submission runs: name -> version."""
    package, sha256 = Path(__file__).parent, hashlib.sha256()
    for file in sorted(package.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            sha256.update(f"{file.relative_to(package).as_posix()}\0".encode() + file.read_bytes())
    python = ".".join(platform.python_version_tuple()[:2])
    files = f"of files that begin with {sha256.hexdigest()[:8]}"
    return {"autograder": files, "Python": python, "NumPy": np.__version__, "BOOK_URL": BOOK_URL}


# Taken when this process starts: what lies on its disk later is not what it runs.
_INSTALLED = _installed()


class Cluster:
    """Workers (see `grade`) of a scheduler; a context manager.

    address  of the scheduler, such as tcp://10.0.0.1:8786
    make     makes the grader of each worker
    GradingError, in one sentence, where there is no scheduler or no worker, where a worker cannot be used, and where
    they are lost. One run at a time can use them.
    """

    def __init__(self, address: str, make: Make):
        self._address = address
        self._make = make
        self._run = secrets.token_hex(8)
        self._workers, self._counted = 1, 0.0

    def __enter__(self) -> "Cluster":
        # What Dask has to say of a connection is a page; here it becomes a sentence.
        for name in ("distributed", "distributed.client"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        with ExitStack() as stack:
            try:
                # Tried first: a client that finds nobody is long in closing.
                # In a thread: where a notebook or a browser is at work, this one has a loop already.
                with ThreadPoolExecutor(1) as pool:
                    pool.submit(asyncio.run, _reach(self._address)).result()
                self._client = stack.enter_context(Client(self._address, timeout=REACH, set_as_default=False))
            except (OSError, ValueError, TypeError) as problem:  # also of an address, of certificates
                why = str(problem).partition("\n")[0].rstrip(".")
                raise GradingError(f"There is no scheduler to be reached at {self._address}: {why}.") from None
            try:
                self._client.wait_for_workers(1, timeout=PATIENCE)
            except TimeoutError:
                raise GradingError(self._no_workers) from None
            stack.callback(self._dismiss)
            self._executor = self._client.get_executor(pure=False)
            try:
                self._client.register_plugin(_Plugin(self._make, self._run), name=_PLUGIN)
            except (ImportError, AttributeError) as problem:
                raise GradingError(f"A worker has no such autograder as this machine: {problem}.") from None
            self._open = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._executor.shutdown(wait=False)
        self._open.close()

    @property
    def room(self) -> int:
        """Workers come and go; of each, one runs a submission and one is on the way."""
        if time.monotonic() > self._counted + 1.0:
            # Of a scheduler that is being looked for nothing is known.
            self._workers = self._client.scheduler_info(n_workers=0).get("n_workers", self._workers)
            self._counted = time.monotonic()
        return 2 * max(1, self._workers)

    def submit(self, task: Task) -> "Future[Done]":
        outcome: Future[Done] = Future()
        self._executor.submit(_do, self._run, task).add_done_callback(partial(self._hand_on, outcome))
        return outcome

    def look(self, seconds: float) -> None:
        if seconds > PATIENCE and self.room and not self._workers:
            raise GradingError(self._no_workers)
        if seconds > SILENCE:
            raise GradingError(
                f"The workers of {self._address} have answered nothing for {SILENCE / 60:.0f} minutes: start them anew "
                "and grade again; what is done is kept."
            )

    @property
    def _no_workers(self) -> str:
        return (
            f"The scheduler at {self._address} has no worker: start one with dask worker {self._address} --nthreads 1, "
            "and grade again."
        )

    def _hand_on(self, outcome: "Future[Done]", future: Future) -> None:
        try:
            outcome.set_result(future.result())
        except KilledWorker as problem:
            outcome.set_exception(BrokenExecutor(str(problem)))
        except CancelledError:
            lost = f"The scheduler at {self._address} is lost: start it anew and grade again; what is done is kept."
            outcome.set_exception(GradingError(lost))
        except BaseException as problem:
            outcome.set_exception(problem)

    def _dismiss(self) -> None:
        """Has the workers close their graders, if there is still a way to tell them."""
        try:
            self._client.unregister_worker_plugin(_PLUGIN)
        except Exception:
            pass


async def _reach(address: str) -> None:
    socket.create_connection(get_address_host_port(address), REACH).close()  # Dask tries again where nobody listens
    security = Security().get_connection_args("client")
    await (await connect(address, timeout=REACH, **security)).close()


class _Plugin(WorkerPlugin):
    """A worker's grader, which stands from the beginning of a run to its end."""

    def __init__(self, make: Make, run: str):
        self.run = run
        self._make = make
        root = make.course.root
        files = [root / CONFIG, *(file for file in (root / "solutions").rglob("*") if file.is_file())]
        self._course = {file.relative_to(root).as_posix(): file.read_bytes() for file in files}
        self._installed = _INSTALLED

    def setup(self, worker: Worker) -> None:
        self._open = ExitStack()
        self._lock = threading.Lock()
        self._problem = None
        try:
            for what, here in _INSTALLED.items():
                if here != self._installed[what]:
                    raise GradingError(
                        f"it has {what} {here}, where the machine that grades has {self._installed[what]}; bring it to "
                        "the same commit and packages, and start it anew."
                    )
            root = Path(self._open.enter_context(tempfile.TemporaryDirectory(dir=worker.local_directory)))
            for name, content in self._course.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_bytes(content)
            make = Make(Course(root), self._make.engine, self._make.seed)
            self._grader = self._open.enter_context(make())
        except (GradingError, WallUnavailable) as problem:
            self._problem = GradingError(f"The worker {worker.address} cannot be used: {problem}")
            raise self._problem from None

    def teardown(self, worker: Worker) -> None:
        self._open.close()

    def do(self, task: Task) -> Done:
        if self._problem:
            # It has joined in the middle of a run: it says why on its own terminal and leaves, and another takes over.
            worker = get_worker()
            worker.loop.add_callback(worker.close_gracefully, restart=False, reason=str(self._problem))
            raise Reschedule
        with self._lock:  # a worker of several threads is still one process
            hangs = threading.Timer(LEASE, _end_this_worker)
            hangs.start()
            try:
                return self._grader.do(task)
            finally:
                hangs.cancel()


def _end_this_worker() -> None:
    """What hangs in a thread ends with its process alone; whoever started the worker is told."""
    message = "A submission is not done after %.0f minutes: this worker ends, and another one tries it."
    logging.getLogger("distributed.worker").critical(message, LEASE / 60)
    os._exit(1)


def _do(run: str, task: Task) -> Done:
    plugin = get_worker().plugins.get(_PLUGIN)
    if plugin is None or plugin.run != run:
        raise GradingError(
            "Another grading run has taken over the workers of this scheduler: wait for its end and grade again; what "
            "is done is kept."
        )
    return plugin.do(task)
