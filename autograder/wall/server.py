"""The server: started by exec before any test is loaded, it goes to jail and forks a process for each submission.

A student's process is the first of its pid namespace: when it ends, and it ends with the server at the latest
(parent-death signal), everything that it started ends.

Control messages come over a SEQPACKET socket, JSON in one packet each: `spawn` (with three descriptors: channel,
stdout, stderr) is answered by {"student": pid}; `interrupt` and `kill` name a student's process and are not answered.
The first packet of the server itself is {"ready": true} or {"unavailable": sentence}. When the socket closes, all ends.
"""

import contextlib
import fcntl
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
from pathlib import Path

from . import sandbox

PACKET = 1 << 16
CLEAN_ENVIRONMENT = {
    "HOME": sandbox.HOME, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "USER": "student",
    "LOGNAME": "student", "TERM": "dumb", "MPLCONFIGDIR": "/tmp/matplotlib", "IPYTHONDIR": "/tmp/ipython",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline", "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0", "PYTHONUTF8": "1",
    "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "NUMEXPR_NUM_THREADS": "1",
    "BLIS_NUM_THREADS": "1", "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PAGER": "cat",
}  # fmt: skip


def main(control: int, mount_point: str, isolated: bool, limits: dict) -> None:
    """Serves until the control socket closes.

    control      descriptor of that socket
    mount_point  an empty folder, for the new root
    isolated     False: limits alone, no namespaces, no jail
    limits       fields of Limits
    """
    connection = socket.socket(fileno=control)
    connection.set_inheritable(False)
    server = Server(connection, isolated, limits)
    try:
        server.prepare(mount_point)
    except (sandbox.CannotIsolate, OSError, ImportError) as error:
        connection.send(json.dumps({"unavailable": str(error)}).encode())
        return
    connection.send(json.dumps({"ready": True}).encode())
    server.serve()


class Server:
    """Forks and ends students' processes; one thread."""

    def __init__(self, control: socket.socket, isolated: bool, limits: dict):
        self._control = control
        self._isolated = isolated
        self._limits = limits
        self._proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._students: set[int] = set()

    def prepare(self, mount_point: str) -> None:
        """Goes to jail, loads what students use, and tries the isolation once."""
        groups = sandbox.make_groups(os.getpid(), 2 * self._limits["memory_bytes"])
        if self._isolated:
            sandbox.enter_jail(Path(__file__).resolve().parents[1], mount_point, self._proc)
            self._ids = os.geteuid(), os.getegid()
            os.environ["PATH"] = f"{sys.prefix}/bin:{os.environ['PATH']}"
        else:
            for name in ("HOME", "MPLCONFIGDIR", "IPYTHONDIR"):
                os.environ[name] = mount_point
        # In jail by now: what these import is what a student can import.
        from . import protocol, shell

        self._frame = protocol.frame
        self._shell = shell.StudentShell.prepared()
        # Once, and students' processes are born there: to move each of them takes the kernel 15 ms. What is loaded by
        # now does not count.
        for group in groups:
            os.write(group, b"0")
            os.close(group)
        gc.collect()
        gc.freeze()  # else the first collection in each child copies every page
        if self._isolated:
            self._try_isolation()

    def _try_isolation(self) -> None:
        reading, writing = os.pipe()
        child = sandbox.fork_apart()
        if child == 0:
            try:
                self._settle()
            except Exception as error:
                os.write(writing, str(error).encode())
            finally:
                os._exit(0)
        os.close(writing)
        os.waitpid(child, 0)
        complaint = os.read(reading, 1000).decode()
        os.close(reading)
        if complaint:
            raise sandbox.CannotIsolate(complaint)

    def serve(self) -> None:
        """Obeys until the control socket closes, then ends every student's process."""
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        while True:
            poll.poll(500)
            self._reap()
            with contextlib.suppress(BlockingIOError):
                packet, descriptors, _, _ = socket.recv_fds(self._control, PACKET, 3, socket.MSG_DONTWAIT)
                if not packet:
                    break
                self._obey(json.loads(packet), descriptors)
        for student in self._students:
            self._kill(student)

    def _obey(self, order: dict, descriptors: list[int]) -> None:
        if order["do"] == "spawn":
            student = self._spawn(descriptors)
            self._students.add(student)
            self._control.send(json.dumps({"student": student}).encode())
        elif order["student"] in self._students:  # one that has not been waited for: its number is still its own
            if order["do"] == "kill":
                self._kill(order["student"])
            else:
                os.kill(order["student"], signal.SIGINT)

    def _kill(self, student: int) -> None:
        os.kill(student, signal.SIGKILL)
        if not self._isolated:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(student, signal.SIGKILL)

    def _reap(self) -> None:
        while self._students:
            student, _ = os.waitpid(-1, os.WNOHANG)
            if not student:
                return
            self._students.discard(student)

    def _spawn(self, descriptors: list[int]) -> int:
        student = sandbox.fork_apart() if self._isolated else os.fork()
        if student:
            for descriptor in descriptors:
                os.close(descriptor)
            return student
        try:
            self._live(descriptors)
        finally:
            os._exit(0)

    def _live(self, descriptors: list[int]) -> None:
        """The student's process: locked in, then the shell answers the trusted side until it goes."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        channel, out, err = descriptors
        try:
            self._settle()
        except Exception as error:
            os.write(channel, self._frame({"kind": "failed", "why": f"{type(error).__name__}: {error}"}, [], 0))
            return
        # Nothing of the server's stays open: three standard streams and the channel.
        connection = socket.socket(fileno=fcntl.fcntl(channel, fcntl.F_DUPFD_CLOEXEC, 200))
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.closerange(3, 200)
        connection.sendall(self._frame({"kind": "ready"}, [], 0))
        self._shell.answer(connection, self._limits["reply_bytes"])

    def _settle(self) -> None:
        os.setsid()
        with contextlib.suppress(OSError):  # when memory runs out, the student's processes go first
            sandbox.write(self._proc, "oom_score_adj", "1000")
        if self._isolated:
            sandbox.map_user(self._proc, *self._ids)
        sandbox.lock_in(self._limits, self._size(), self._isolated)
        os.chdir(os.environ["HOME"])

    def _size(self) -> int:
        file = os.open("self/statm", os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._proc)
        pages = int(os.read(file, 100).split()[0])
        os.close(file)
        return pages * resource.getpagesize()
