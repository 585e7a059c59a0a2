"""How much one submission may use."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Limits of one submission, kept from outside the student's process.

    cell_seconds     for one cell
    call_seconds     for one call of a function, what it calls in turn included
    session_seconds  for all of a submission's cells, calls and replays together
    restarts         new processes after one that hung or died
    memory_bytes     for each process, beyond what a bare one has, and for all of them where there is a cgroup
    disk_bytes       for the home folder and for the folder of temporary files, each
    file_bytes       for one file
    processes        processes and threads at a time
    output_bytes     kept of one cell's outputs
    outputs_bytes    kept of the outputs of all cells
    reply_bytes      arrays in one answer
    """

    cell_seconds: float = 10.0
    call_seconds: float = 5.0
    session_seconds: float = 180.0
    restarts: int = 20
    memory_bytes: int = 1 << 30
    disk_bytes: int = 32 << 20
    file_bytes: int = 16 << 20
    processes: int = 32
    output_bytes: int = 2 << 20
    outputs_bytes: int = 16 << 20
    reply_bytes: int = 64 << 20
