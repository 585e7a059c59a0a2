"""The student's world: namespaces, a read-only root, limits, and a list of system calls that are refused.

The server enters the jail once (`enter_jail`): a root of its own that holds the interpreter, its packages, the system's
libraries and programs and the student's part of `autograder`, read-only. For each submission it forks a process into
new namespaces (`fork_apart`), the first of its pid namespace, so that ending it ends everything it started. That one
covers what is writable by small file systems of its own and gives up everything (`lock_in`). Works for root and for
others, needs no setuid program and no /proc inside.
"""

import contextlib
import ctypes
import errno
import os
import platform
import resource
import signal
import site
import struct
import sys
import sysconfig
import time
from collections.abc import Iterable
from pathlib import Path

HOME = "/home/student"
SCRATCH = (HOME, "/tmp", "/dev/shm")
SCRATCH_WITHIN = tuple(folder + "/" for folder in SCRATCH)
_in_scratch: list[str] = []  # what of the course lies in a folder that each student gets empty; set by enter_jail
UID = 1000  # inside; outside it is NOBODY where the server is root's, else the server's own
NOBODY = 65534
STUDENTS_PART = (
    "__init__.py",
    "gradients.py",
    "checks.py",
    "calls.py",
    "messages.py",
    "diagnosis.py",
    "experiments.py",
    "transformations.py",
    "misconceptions",
    "digits.py",
    "digits.csv",
    # What runs on the student's side of the wall.
    "wall/__init__.py",
    "wall/protocol.py",
    "wall/shell.py",
)
_SYSTEM = (
    *(
        "/usr/lib",
        "/usr/lib32",
        "/usr/lib64",
        "/usr/bin",
        "/usr/local/lib",
        "/usr/local/bin",
        "/usr/share/zoneinfo",
    ),
    *("/lib", "/lib32", "/lib64", "/bin", "/etc/alternatives", "/etc/ld.so.cache", "/etc/localtime"),
)
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")

_libc = ctypes.CDLL(None, use_errno=True)


class CannotIsolate(Exception):
    """The kernel refuses a part of the isolation; the text says which and what may help."""


def _checked(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise CannotIsolate(f"{what} is refused here ({os.strerror(code)})")
    return result


def _syscall(number: int, what: str, *args: object) -> int:
    return _checked(_libc.syscall(ctypes.c_long(number), *args), what)


# --- namespaces and the root ------------------------------------------------------------------------------------------

_NEWNS, _NEWCGROUP, _NEWUTS, _NEWIPC = 0x20000, 0x02000000, 0x04000000, 0x08000000
_NEWUSER, _NEWPID, _NEWNET = 0x10000000, 0x20000000, 0x40000000
_RDONLY, _NOSUID, _NODEV, _BIND, _REC, _PRIVATE, _DETACH = 1, 2, 4, 4096, 16384, 1 << 18, 2
_MOUNT_SETATTR, _OPEN_TREE, _MOVE_MOUNT = 442, 428, 429
_AT_RECURSIVE, _CLOEXEC = 0x8000, os.O_CLOEXEC


def enter_jail(package: Path, mount_point: str, proc: int) -> None:
    """Gives this process, which must have one thread, a root of its own; root becomes nobody.

    package      the folder of the package `autograder`
    mount_point  an empty folder
    proc         descriptor of /proc, through which user ids are mapped
    Raises CannotIsolate.
    """
    as_root = _can_become_nobody(proc)
    if as_root:
        _unshare(_NEWNS, "a mount namespace")
    else:
        uid, gid = os.geteuid(), os.getegid()
        _unshare(_NEWUSER | _NEWNS, "a user namespace")
        map_user(proc, uid, gid)
    _mount(None, "/", None, _REC | _PRIVATE)
    _mount("tmpfs", mount_point, "tmpfs", _NOSUID | _NODEV, "size=1m,mode=755")
    for folder in SCRATCH:
        os.makedirs(mount_point + folder, exist_ok=True)
    # Before what is seen, since that may lie in it: a course that was cloned into /tmp, say.
    _mount("tmpfs", mount_point + "/tmp", "tmpfs", _NOSUID | _NODEV, "size=32m,mode=1777")
    hidden = _hidden(package)
    _in_scratch[:] = _topmost(path for path in {*_seen(package), *hidden} if path.startswith(SCRATCH_WITHIN))
    for path in sorted({*_seen(package), *hidden}, key=lambda path: path.count("/")):  # folders before what is in them
        if path in hidden:
            os.makedirs(mount_point + path, exist_ok=True)
            _mount("tmpfs", mount_point + path, "tmpfs", _NOSUID | _NODEV, "size=1m,mode=755")
        else:
            _show(path, mount_point)
    Path(mount_point, "etc", "passwd").write_text(f"student:x:{UID}:{UID}::{HOME}:/bin/sh\n")
    for device in _DEVICES:
        if os.path.exists(device):
            _show(device, mount_point)
    _set_attributes(mount_point, _RDONLY | _NOSUID, 0, _AT_RECURSIVE)
    _set_attributes(mount_point + "/tmp", 0, _RDONLY, 0)
    os.chdir(mount_point)
    _checked(_libc.syscall(ctypes.c_long(_numbers()["pivot_root"]), b".", b"."), "a root folder of its own")
    _checked(_libc.umount2(b".", _DETACH), "leaving the old root folder")
    os.chdir("/")
    if as_root:
        _become_nobody()
    else:
        _drop_capabilities()


def _can_become_nobody(proc: int) -> bool:
    """Whether this is root, and not the only user of a container."""
    if os.geteuid() != 0:
        return False
    with open("self/uid_map", opener=lambda path, flags: os.open(path, flags, dir_fd=proc)) as file:
        ranges = [tuple(map(int, line.split())) for line in file]
    return any(first <= NOBODY < first + count for first, _, count in ranges)


def _become_nobody() -> None:
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    _prctl(_PR_SET_DUMPABLE, 1)  # else /proc/self/uid_map stays root's


_NAMESPACES = _NEWUSER | _NEWNS | _NEWPID | _NEWNET | _NEWIPC | _NEWUTS | _NEWCGROUP
_CHILD_SETTID, _CHILD_CLEARTID, _PR_GET_TID_ADDRESS = 0x01000000, 0x00200000, 40
_python = ctypes.PyDLL(None, use_errno=True)  # keeps the interpreter's lock, which a fork must


def fork_apart() -> int:
    """`os.fork` into user, mount, pid, network, IPC, host name and cgroup namespaces: 0 in the child, else its pid.

    This process must have one thread. With `unshare` it would take two forks, as a new pid namespace is for children.
    CannotIsolate where it is refused.
    """
    column, _ = _machine()
    # As fork() does it: the C library keeps the thread's number there.
    address = ctypes.c_ulong()
    known = _libc.prctl(_PR_GET_TID_ADDRESS, ctypes.byref(address), 0, 0, 0) == 0
    flags = ctypes.c_ulong(_NAMESPACES | signal.SIGCHLD | (_CHILD_SETTID | _CHILD_CLEARTID if known else 0))
    tid = ctypes.c_void_p(address.value)
    last = (tid, None) if column == 0 else (None, tid)  # the order of the last two differs between machines
    _python.PyOS_BeforeFork()
    pid = _python.syscall(ctypes.c_long(_CLONE[column]), flags, None, None, *last)
    code = ctypes.get_errno()
    if pid == 0:
        _python.PyOS_AfterFork_Child()
    else:
        _python.PyOS_AfterFork_Parent()
    if pid < 0:
        raise CannotIsolate(f"a process in namespaces of its own is refused here ({os.strerror(code)})")
    return pid


def map_user(proc: int, uid: int, gid: int) -> None:
    """Makes this process, which is in a new user namespace, the student's user there, and leaves no other user.

    proc      descriptor of /proc
    uid, gid  its ids outside, as they were before
    """
    try:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{UID} {uid} 1"), ("gid_map", f"{UID} {gid} 1")):
            write(proc, name, text)
    except OSError as error:
        raise CannotIsolate(f"a user namespace is refused here ({error.strerror})") from None


def write(proc: int, name: str, text: str) -> None:
    """Writes a file of this process's in /proc."""
    file = os.open(f"self/{name}", os.O_WRONLY | os.O_CLOEXEC, dir_fd=proc)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)


def _unshare(flags: int, what: str) -> None:
    _checked(_libc.unshare(flags), what)


def _mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    encoded = [text and text.encode() for text in (source, target, kind)]
    result = _libc.mount(*encoded, ctypes.c_ulong(flags), options and options.encode())
    _checked(result, f"mounting {source or 'a file system'}")


def _set_attributes(path: str, given: int, taken: int, flags: int) -> None:
    attributes = struct.pack("QQQQ", given, taken, 0, 0)
    size = ctypes.c_size_t(len(attributes))
    what = "a read-only file system (it needs Linux 5.12 or newer)"
    _syscall(_MOUNT_SETATTR, what, -100, path.encode(), ctypes.c_uint(flags), attributes, size)


def _topmost(paths: Iterable[str]) -> list[str]:
    """Those of the paths that exist and lie in none of the others."""
    found: list[str] = []
    for path in sorted(filter(os.path.exists, paths)):
        if not found or not path.startswith(found[-1] + "/"):
            found.append(path)
    return found


def _fresh_scratch(options: str) -> None:
    """Empty folders for a student to write in; what of the course lies in them stays in its place."""
    kept = []
    for path in _in_scratch:
        flags = ctypes.c_uint(1 | _CLOEXEC | _AT_RECURSIVE)
        tree = _syscall(_OPEN_TREE, "a copy of a mount", -100, path.encode(), flags)
        kept.append((path, os.path.isdir(path), tree))
    for folder, mode in zip(SCRATCH, ("755", "1777", "1777")):
        _mount("tmpfs", folder, "tmpfs", _NOSUID | _NODEV, f"{options},mode={mode}")
    for path, is_folder, tree in kept:
        os.makedirs(path if is_folder else os.path.dirname(path), exist_ok=True)
        if not is_folder:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
        # 4: the source is the descriptor itself.
        _syscall(_MOVE_MOUNT, "moving a mount", ctypes.c_int(tree), b"", -100, path.encode(), ctypes.c_uint(4))
        os.close(tree)


def _seen(package: Path) -> list[str]:
    """What of the file system a student sees."""
    schemes = [sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    if site.ENABLE_USER_SITE:
        schemes.append(site.getusersitepackages())
    prefixes = {sys.prefix, sys.base_prefix, os.path.realpath(sys.base_prefix)}
    schemes += [os.path.join(prefix, part) for prefix in prefixes for part in ("bin", "lib", "pyvenv.cfg")]
    schemes += [str(package / part) for part in STUDENTS_PART]
    return [*_SYSTEM, *schemes]


def _hidden(package: Path) -> list[str]:
    """The package's folder, and the project's where that is no folder of installed packages: empty ones, in which lies
    what is seen, even where they are inside a folder that is seen."""
    installed = {sysconfig.get_paths()[name] for name in ("purelib", "platlib")} | {site.getusersitepackages()}
    return [str(package)] if str(package.parent) in installed else [str(package), str(package.parent)]


def _show(path: str, root: str) -> None:
    """Makes `path` of the present root visible under `root`, as what it is."""
    target = root + path
    if os.path.islink(path):
        if not os.path.lexists(target):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.symlink(os.readlink(path), target)
    elif os.path.isdir(path):
        os.makedirs(target, exist_ok=True)
        _mount(path, target, None, _BIND | _REC)
    elif os.path.exists(path):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not os.path.exists(target):
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY))
        _mount(path, target, None, _BIND)


# --- giving up everything ---------------------------------------------------------------------------------------------

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_SECCOMP = 1, 4, 24, 22
_PR_GET_SECCOMP = 21
_PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT = 38, 47


def _prctl(option: int, *args: int) -> int:
    return _libc.prctl(option, *(ctypes.c_ulong(a) for a in (*args, 0, 0, 0, 0)[:4]))


def lock_in(limits: dict, size: int, isolated: bool) -> None:
    """Makes this process, the first of its pid namespace, the student's: nothing that it gives up comes back.

    limits    fields of Limits
    size      bytes of address space that the process has already
    isolated  False for limits alone
    """
    if isolated:
        _fresh_scratch(f"size={limits['disk_bytes']},nr_inodes=4096")
        _libc.sethostname(b"student", 7)
    for name, limit in (
        ("CORE", 0),
        ("FSIZE", limits["file_bytes"]),
        ("NOFILE", 256),
        ("NPROC", limits["processes"]),
        ("AS", size + limits["memory_bytes"]),
        ("CPU", int(limits["session_seconds"]) + 1),
        ("MEMLOCK", 1 << 20),
        ("MSGQUEUE", 0),
    ):
        if isolated or name != "NPROC":  # without a namespace, all processes of the user would count
            _limit(getattr(resource, f"RLIMIT_{name}"), limit)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # it is killed when the server ends
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    if isolated:
        _landlock()
        _drop_capabilities()
        _seccomp()


def _limit(which: int, limit: int) -> None:
    hard = resource.getrlimit(which)[1]
    limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(which, (limit, limit))


def _drop_capabilities() -> None:
    _prctl(_PR_CAP_AMBIENT, 4)
    capability = 0
    while _prctl(_PR_CAPBSET_DROP, capability) == 0:
        capability += 1
    header = struct.pack("Ii", 0x20080522, 0)
    _checked(_libc.capset(header, bytes(24)), "giving up capabilities")


# --- memory of all processes together --------------------------------------------------------------------------------

_GROUPS = Path("/sys/fs/cgroup")


def make_groups(server: int, memory: int) -> list[int]:
    """Makes the cgroup of a server's students, as far as this process may: those that have used up `memory` bytes
    together lose their largest process. Returns descriptors; a process that writes 0 to them enters.

    Without it, the limits of each process and their number are what bounds memory.
    """
    second = (_GROUPS / "cgroup.controllers").exists()
    folder = _group(server)
    for left in folder.parent.glob("autograder-*"):  # of a grader that was killed
        if not Path("/proc", left.name.removeprefix("autograder-")).exists():
            with contextlib.suppress(OSError):
                left.rmdir()
    try:
        folder.mkdir()
        (folder / ("memory.max" if second else "memory.limit_in_bytes")).write_text(str(memory))
        return [os.open(folder / "cgroup.procs", os.O_WRONLY | os.O_CLOEXEC)]
    except OSError:
        with contextlib.suppress(OSError):
            folder.rmdir()
        return []


def remove_groups(server: int) -> None:
    """Removes what `make_groups` made, when the last process in it has ended."""
    deadline = time.monotonic() + 2
    while _group(server).exists() and time.monotonic() < deadline:
        try:
            _group(server).rmdir()
        except OSError:
            time.sleep(0.01)


def _group(server: int) -> Path:
    above = _GROUPS if (_GROUPS / "cgroup.controllers").exists() else _GROUPS / "memory"
    return above / f"autograder-{server}"


# --- Landlock ---------------------------------------------------------------------------------------------------------

_READ = 1 << 0 | 1 << 2 | 1 << 3  # execute, read file, read folder
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446


def landlock_version() -> int:
    """Version of Landlock's interface that the kernel has; 0 for none."""
    return max(_libc.syscall(ctypes.c_long(_LANDLOCK_CREATE), None, ctypes.c_size_t(0), ctypes.c_uint(1)), 0)


def _landlock() -> None:
    version = landlock_version()
    if not version:
        return
    files = (1 << (13 + (version >= 2) + (version >= 3) + (version >= 5))) - 1
    attributes = struct.pack("QQQ", files, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    attributes = attributes[: 8 if version < 4 else 16 if version < 6 else 24]
    ruleset = _syscall(*(_LANDLOCK_CREATE, "Landlock", attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint(0)))
    for path, rights in (
        ("/", _READ),
        (HOME, files),
        ("/tmp", files),
        ("/dev", _READ | 1 << 1),
        ("/dev/shm", files),
    ):
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rule = struct.pack("=Qi", rights, folder)
        _syscall(_LANDLOCK_ADD, "Landlock", ruleset, ctypes.c_int(1), rule, ctypes.c_uint(0))
        os.close(folder)
    _syscall(_LANDLOCK_RESTRICT, "Landlock", ruleset, ctypes.c_uint(0))
    os.close(ruleset)


# --- seccomp ----------------------------------------------------------------------------------------------------------

# Numbers on x86-64 and on 64-bit ARM; None where there is no such call. What they are for: mounts and roots,
# namespaces, other processes, the kernel itself, clocks, keys, and memory that no limit counts.
_REFUSED = {
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "swapon": (167, 224),
    "swapoff": (168, 225), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "statmount": (457, 457), "listmount": (458, 458), "open_tree_attr": (467, 467), "quotactl": (179, 60),
    "quotactl_fd": (443, 443), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262), "unshare": (272, 97), "setns": (308, 268), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272), "pidfd_getfd": (438, 438),
    "process_madvise": (440, 440), "move_pages": (279, 239), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "syslog": (103, 116), "acct": (163, 89),
    "personality": (135, 92), "lookup_dcookie": (212, 18), "uselib": (134, None), "sysfs": (139, None),
    "_sysctl": (156, None), "modify_ldt": (154, None), "iopl": (172, None), "ioperm": (173, None),
    "vhangup": (153, 58), "vmsplice": (278, 75), "sethostname": (170, 161), "setdomainname": (171, 162),
    "settimeofday": (164, 170), "adjtimex": (159, 171), "clock_settime": (227, 112), "clock_adjtime": (305, 266),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "memfd_create": (319, 279),
    "memfd_secret": (447, 447), "shmget": (29, 194), "shmat": (30, 196), "semget": (64, 190), "msgget": (68, 186),
    "mq_open": (240, 180),
}  # fmt: skip
_CLONE, _SOCKET, _IOCTL, _PRCTL, _CLONE3 = (56, 220), (41, 198), (16, 29), (157, 167), 435
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050000, 0x80000000


def _machine() -> tuple[int, int]:
    """Column of the tables, and what the kernel calls the architecture."""
    if platform.machine() not in _MACHINES:
        raise CannotIsolate(f"the wall knows no system calls of a {platform.machine()} machine")
    return _MACHINES[platform.machine()]


def _numbers() -> dict[str, int]:
    column, _ = _machine()
    return {name: pair[column] for name, pair in _REFUSED.items() if pair[column] is not None}


def _seccomp() -> None:
    column, architecture = _machine()
    load, equal, at_least, any_bit, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    refuse = (answer, 0, 0, _ERROR | errno.EPERM)
    argument = [(load, 0, 0, 16), (load, 0, 0, 24)]  # the lower halves of the first two
    program = [(load, 0, 0, 4), (equal, 1, 0, architecture), (answer, 0, 0, _KILL), (load, 0, 0, 0)]
    program += [(at_least, 0, 1, 0x40000000), refuse]  # x32, whose numbers differ
    for number in _numbers().values():
        program += [(equal, 0, 1, number), refuse]
    # clone3 hides its flags in memory; libraries then fall back to clone.
    program += [(equal, 0, 1, _CLONE3), (answer, 0, 0, _ERROR | errno.ENOSYS)]
    program += [(equal, 0, 4, _CLONE[column]), argument[0], (any_bit, 0, 1, _NAMESPACES), refuse]
    program += [(answer, 0, 0, _ALLOW)]
    # Nobody takes back that it is killed when the server ends.
    program += [(equal, 0, 4, _PRCTL[column]), argument[0], (equal, 0, 1, _PR_SET_PDEATHSIG), refuse]
    program += [(answer, 0, 0, _ALLOW)]
    # A network namespace does not hold VSOCK and other families; AF_UNIX is all that a notebook needs.
    program += [(equal, 0, 4, _SOCKET[column]), argument[0], (equal, 1, 0, 1), refuse, (answer, 0, 0, _ALLOW)]
    program += [(equal, 0, 4, _IOCTL[column]), argument[1], (equal, 1, 0, 0x5412), (equal, 0, 1, 0x541C), refuse]
    program += [(answer, 0, 0, _ALLOW)]
    program += [(answer, 0, 0, _ALLOW)]
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    filters = struct.pack("HxxxxxxP", len(program), ctypes.addressof(buffer))
    pointer = ctypes.create_string_buffer(filters, len(filters))
    _checked(_libc.prctl(_PR_SET_SECCOMP, 2, ctypes.c_ulong(ctypes.addressof(pointer)), 0, 0), "seccomp")


# --- what there is ----------------------------------------------------------------------------------------------------


def offers() -> dict[str, object]:
    """What this machine has of all this, for people: name -> what, or False. A process of root's is nobody's then."""
    proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    grouped = "one for all students' processes" if make_groups(os.getpid(), 1 << 30) else False
    remove_groups(os.getpid())
    if _can_become_nobody(proc):
        _become_nobody()
    outside = os.geteuid()
    namespaces: object = "user, mount, pid, network, IPC"
    try:
        child = fork_apart()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
    except CannotIsolate:
        namespaces = False
    version = landlock_version()
    return {
        "cgroup for memory": grouped,
        "namespaces": namespaces,
        "seccomp": "a list of refused system calls" if _libc.prctl(_PR_GET_SECCOMP, 0, 0, 0, 0) >= 0 else False,
        "Landlock": f"version {version}" if version else False,
        "students' user": f"uid {outside} outside, {UID} inside" if namespaces else False,
    }
