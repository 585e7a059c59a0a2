"""The wall of the trusted side: starts the server, and sessions on it."""

import contextlib
import dataclasses
import json
import os
import select
import site
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from .channel import Channel
from .errors import WallFault, WallUnavailable
from .limits import Limits
from .session import Session

START_SECONDS = 60.0
SPAWN_SECONDS = 20.0
_PACKAGE = Path(__file__).resolve().parents[1]


class Wall:
    """Runs submissions, each in a throw-away world; a context manager, used by one thread.

    limits  of each submission; the usual ones where None
    unsafe  True: limits alone, without namespaces, where the machine cannot give them. For trusted work.
    Raises WallUnavailable, with one sentence, where this machine cannot give the isolation.
    """

    def __init__(self, limits: Limits | None = None, unsafe: bool = False):
        if sys.platform != "linux":
            raise WallUnavailable("The wall stands on Linux only: grade on Linux, in a virtual machine or a container.")
        self._limits = limits or Limits()
        self._unsafe = unsafe
        self._server = _Server(self._limits, unsafe)

    def __enter__(self) -> "Wall":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the server and every student's process."""
        self._server.close()

    def session(self) -> Session:
        """A world for one submission; its process starts when it is first needed."""
        return Session(self._start, self._limits)

    def _start(self, printed: Callable[[str, bytes], None]) -> "_Student":
        if not self._server.alive:
            self._server.close()
            self._server = _Server(self._limits, self._unsafe)
        return _Student(self._server, self._limits, printed)


class _Server:
    """The process that forks students' processes."""

    def __init__(self, limits: Limits, unsafe: bool):
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # Imported here: the module needs Linux.
        from .server import CLEAN_ENVIRONMENT

        self._folder = tempfile.TemporaryDirectory(prefix="wall-")
        code = (
            f"import sys; sys.path.insert(0, {str(_PACKAGE.parent)!r}); "
            f"from autograder.wall.server import main; "
            f"main({theirs.fileno()}, {self._folder.name!r}, {not unsafe}, {dataclasses.asdict(limits)})"
        )
        with theirs, tempfile.TemporaryFile() as complaints:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", code],
                env={**CLEAN_ENVIRONMENT, "PYTHONUSERBASE": site.getuserbase()},
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=complaints,
                pass_fds=[theirs.fileno()], start_new_session=True, cwd="/",
            )  # fmt: skip
            theirs.close()
            try:
                said = self.hear(START_SECONDS)
            except WallFault:
                self.close()
                complaints.seek(0)
                lines = complaints.read().decode(errors="replace").strip().splitlines()
                raise WallUnavailable(
                    f"The wall's server does not start: {lines[-1] if lines else 'no reason'}."
                ) from None
        if "unavailable" in said:
            self.close()
            raise WallUnavailable(
                f"This machine cannot keep students' code apart: {said['unavailable']}. "
                "Grade on a Linux with user namespaces, or trusted work with --unsafe."
            )
        if not unsafe:
            self._folder.cleanup()  # the server's root is no longer mounted there

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def say(self, message: dict, descriptors: tuple[int, ...] = ()) -> None:
        """Sends an order; WallFault where the server is gone."""
        try:
            socket.send_fds(self._control, [json.dumps(message).encode()], descriptors)
        except OSError:
            raise WallFault("the wall's server has ended") from None

    def hear(self, seconds: float) -> dict:
        """The server's next packet; WallFault where none comes."""
        ready, _, _ = select.select([self._control], [], [], seconds)
        packet = self._control.recv(1 << 16) if ready else b""
        if not packet:
            raise WallFault("the wall's server does not answer")
        return json.loads(packet)

    def close(self) -> None:
        self._control.close()  # at which the server ends everything
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()
        from .sandbox import remove_groups

        remove_groups(self._process.pid)


class _Student:
    """One student's process."""

    def __init__(self, server: _Server, limits: Limits, printed: Callable[[str, bytes], None]):
        self._server = server
        ours, theirs = socket.socketpair()
        out, their_out = os.pipe2(os.O_CLOEXEC)
        err, their_err = os.pipe2(os.O_CLOEXEC)
        self.channel = Channel(ours, {out: "stdout", err: "stderr"}, printed, limits.reply_bytes)
        try:
            server.say({"do": "spawn"}, (theirs.fileno(), their_out, their_err))
            self._pid = server.hear(SPAWN_SECONDS)["student"]
        except BaseException:
            self.channel.close()
            raise
        finally:
            theirs.close()
            os.close(their_out)
            os.close(their_err)

    def interrupt(self) -> None:
        """Raises KeyboardInterrupt in the student's code."""
        self._server.say({"do": "interrupt", "student": self._pid})

    def end(self) -> None:
        """Ends the process, and with it everything that it started."""
        self.channel.close()
        with contextlib.suppress(WallFault):  # then it is gone already
            self._server.say({"do": "kill", "student": self._pid})


def what_this_machine_offers() -> dict[str, object]:
    """What there is of the isolation, for people: name -> what, or False."""
    if sys.platform != "linux":
        return {"Linux": False}
    # In a process of its own: trying namespaces changes the one that tries.
    code = (
        f"import sys; sys.path.insert(0, {str(_PACKAGE.parent)!r}); "
        "from autograder.wall import sandbox; import json; print(json.dumps(sandbox.offers()))"
    )
    tried = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, timeout=START_SECONDS)
    if tried.returncode:
        raise WallFault(f"this machine cannot be examined: {tried.stderr.strip().splitlines()[-1]}")
    return {"Linux": True, **json.loads(tried.stdout)}
