"""The server: started by exec before any test is loaded, it goes to jail and forks a process for each submission.

A keeper stands between the server and the student's process. It makes the namespaces, passes an interrupt on, and ends
when the student's process ends; killing the keeper kills that process (parent-death signal) and, as it is the first of
its pid namespace, everything in there.

Control messages come over a SEQPACKET socket, JSON in one packet each: `spawn` (with three descriptors: socket, stdout,
stderr) is answered by {"keeper": pid}; `interrupt` and `kill` name a keeper and are not answered. The first packet of
the server itself is {"ready": true} or {"unavailable": sentence}. When the socket closes, all ends.
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


def main(control: int, mount_point: str, isolated: bool) -> None:
    """Serves until the control socket closes.

    control      descriptor of that socket
    mount_point  an empty folder, for the new root
    isolated     False: limits alone, no namespaces, no jail
    """
    connection = socket.socket(fileno=control)
    connection.set_inheritable(False)
    server = Server(connection, isolated)
    try:
        server.prepare(mount_point)
    except (sandbox.CannotIsolate, OSError, ImportError) as error:
        connection.send(json.dumps({"unavailable": str(error)}).encode())
        return
    connection.send(json.dumps({"ready": True}).encode())
    server.serve()


class Server:
    """Forks and ends students' processes; one thread."""

    def __init__(self, control: socket.socket, isolated: bool):
        self._control = control
        self._isolated = isolated
        self._proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._keepers: set[int] = set()

    def prepare(self, mount_point: str) -> None:
        """Goes to jail, loads what students use, and tries the isolation once."""
        if self._isolated:
            sandbox.enter_jail(Path(__file__).resolve().parents[1], mount_point, self._proc)
            os.environ["PATH"] = f"{sys.prefix}/bin:{os.environ['PATH']}"
        else:
            for name in ("HOME", "MPLCONFIGDIR", "IPYTHONDIR"):
                os.environ[name] = mount_point
        # In jail by now: what these import is what a student can import.
        from . import protocol, shell

        self._frame = protocol.frame
        self._shell = shell.StudentShell.prepared()
        gc.collect()
        gc.freeze()  # else the first collection in each child copies every page
        if self._isolated:
            self._try_isolation()

    def _try_isolation(self) -> None:
        reading, writing = os.pipe()
        keeper = os.fork()
        if keeper == 0:
            try:
                sandbox.new_namespaces(self._proc)
                child = os.fork()
                if child == 0:
                    sandbox.lock_in(_LEAST, self._size(), isolated=True)
                else:
                    os.waitpid(child, 0)
            except Exception as error:
                os.write(writing, str(error).encode())
            finally:
                os._exit(0)
        os.close(writing)
        os.waitpid(keeper, 0)
        complaint = os.read(reading, 1000).decode()
        os.close(reading)
        if complaint:
            raise sandbox.CannotIsolate(complaint)

    def serve(self) -> None:
        """Obeys until the control socket closes, then ends every keeper."""
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
        for keeper in self._keepers:
            os.killpg(keeper, signal.SIGKILL)

    def _obey(self, order: dict, descriptors: list[int]) -> None:
        if order["do"] == "spawn":
            keeper = self._spawn(order["limits"], descriptors)
            self._keepers.add(keeper)
            self._control.send(json.dumps({"keeper": keeper}).encode())
        elif order["keeper"] in self._keepers:  # one that has not been waited for: its number is still its own
            if order["do"] == "kill":
                os.killpg(order["keeper"], signal.SIGKILL)
            else:
                os.kill(order["keeper"], signal.SIGINT)

    def _reap(self) -> None:
        while self._keepers:
            keeper, _ = os.waitpid(-1, os.WNOHANG)
            if not keeper:
                return
            self._keepers.discard(keeper)

    def _spawn(self, limits: dict, descriptors: list[int]) -> int:
        keeper = os.fork()
        if keeper:
            with contextlib.suppress(PermissionError, ProcessLookupError):
                os.setpgid(keeper, keeper)  # here and there: whoever comes first
            for descriptor in descriptors:
                os.close(descriptor)
            return keeper
        try:
            self._keep(limits, descriptors)
        except Exception as error:
            self._failed(descriptors[0], error)
        finally:
            os._exit(0)

    def _failed(self, channel: int, error: Exception) -> None:
        os.write(channel, self._frame({"kind": "failed", "why": f"{type(error).__name__}: {error}"}, [], 0))

    def _keep(self, limits: dict, descriptors: list[int]) -> None:
        """The keeper's life: namespaces, the student's process, its end."""
        self._control.close()
        os.setpgid(0, 0)
        with contextlib.suppress(OSError):  # when memory runs out, the student's processes go first
            file = os.open("self/oom_score_adj", os.O_WRONLY | os.O_CLOEXEC, dir_fd=self._proc)
            os.write(file, b"1000")
            os.close(file)
        if self._isolated:
            sandbox.new_namespaces(self._proc)
        sandbox.die_with_parent()
        student = os.fork()
        if student == 0:
            try:
                self._live(limits, descriptors)
            finally:
                os._exit(0)
        for descriptor in descriptors:
            os.close(descriptor)
        signal.signal(signal.SIGINT, lambda number, stack: os.kill(student, signal.SIGINT))
        os.waitpid(student, 0)

    def _live(self, limits: dict, descriptors: list[int]) -> None:
        """The student's process: locked in, then the shell answers the trusted side until it goes."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        channel, out, err = descriptors
        try:
            sandbox.lock_in(limits, self._size(), self._isolated)
            sandbox.die_with_parent()
            os.chdir(os.environ["HOME"])
        except Exception as error:
            self._failed(channel, error)
            return
        # Nothing of the server's stays open: three standard streams and the channel.
        connection = socket.socket(fileno=fcntl.fcntl(channel, fcntl.F_DUPFD_CLOEXEC, 200))
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.closerange(3, 200)
        connection.sendall(self._frame({"kind": "ready"}, [], 0))
        self._shell.answer(connection, limits["reply_bytes"])

    def _size(self) -> int:
        file = os.open("self/statm", os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._proc)
        pages = int(os.read(file, 100).split()[0])
        os.close(file)
        return pages * resource.getpagesize()


_LEAST = {
    "disk_bytes": 1 << 20,
    "file_bytes": 1 << 20,
    "processes": 8,
    "memory_bytes": 1 << 28,
    "session_seconds": 5,
}
