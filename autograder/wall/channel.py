"""The trusted side's end of the pipes: every wait has a deadline, and what is printed is read all the while."""

import os
import select
import socket
import time
from collections.abc import Callable

from . import protocol

CHUNK = 1 << 16
MOST_LEFT_IN_PIPE = 1 << 20  # the largest pipe that a process without privileges can make


class Late(Exception):
    """The deadline passed."""


class Gone(Exception):
    """The student's process has ended."""


class Channel:
    """Frames to and from one student's process.

    connection  socket of the protocol; becomes non-blocking
    streams     descriptor of a pipe -> name of the stream that comes through it
    printed     is told (name, bytes) as they come
    most        bytes that the body of a frame may have
    """

    def __init__(
        self, connection: socket.socket, streams: dict[int, str], printed: Callable[[str, bytes], None], most: int
    ):
        connection.setblocking(False)
        self._socket = connection
        self._streams = dict(streams)
        self._printed = printed
        self._most = most
        self._buffer = bytearray()
        self._poll = select.poll()
        self._poll.register(connection, select.POLLIN)
        for descriptor in streams:
            os.set_blocking(descriptor, False)
            self._poll.register(descriptor, select.POLLIN)

    def send(self, header: dict, buffers: list, deadline: float) -> None:
        """Sends a frame. protocol.TooLarge, Late or Gone where it does not go."""
        data = memoryview(protocol.frame(header, buffers, self._most))
        while data:
            try:
                data = data[self._socket.send(data[: 1 << 20]) :]
            except BlockingIOError:
                self._wait(deadline, select.POLLOUT)
            except OSError:
                raise Gone from None

    def receive(self, deadline: float) -> tuple[dict, memoryview]:
        """The next frame. protocol.Malformed, protocol.TooLarge, Late or Gone where there is none."""
        return protocol.receive(lambda count: self._read(count, deadline), self._most)

    def drain(self) -> None:
        """Reads what has been printed by now and is still in the pipes."""
        for descriptor in list(self._streams):
            left = MOST_LEFT_IN_PIPE
            while left > 0 and (count := self._read_stream(descriptor)):
                left -= count

    def close(self) -> None:
        self._socket.close()
        for descriptor in self._streams:
            os.close(descriptor)
        self._streams.clear()

    def _read(self, count: int, deadline: float) -> bytearray:
        while len(self._buffer) < count:
            try:
                data = self._socket.recv(max(CHUNK, min(count - len(self._buffer), 1 << 20)))
            except BlockingIOError:
                self._wait(deadline, select.POLLIN)
                continue
            except OSError:
                raise Gone from None
            if not data:
                raise Gone
            self._buffer += data
            if time.monotonic() > deadline:
                raise Late
        data = self._buffer[:count]
        del self._buffer[:count]
        return data

    def _wait(self, deadline: float, event: int) -> None:
        self._poll.modify(self._socket, event)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Late
            ready = False
            for descriptor, _ in self._poll.poll(min(left, 3600.0) * 1000 + 1):
                if descriptor in self._streams:
                    self._read_stream(descriptor)
                else:
                    ready = True
            if ready:
                return

    def _read_stream(self, descriptor: int) -> int:
        try:
            data = os.read(descriptor, CHUNK)
        except BlockingIOError:
            return 0
        if data:
            self._printed(self._streams[descriptor], data)
        else:  # nobody is left who could print
            self._poll.unregister(descriptor)
            del self._streams[descriptor]
            os.close(descriptor)
        return len(data)
