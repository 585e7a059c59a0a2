"""The wall: student's code runs in a process of its own, and plain data is all that comes out of it.

    with Wall() as wall, wall.session() as student:
        outputs = student.run("def double(x): return 2 * x")
        double = student.function("double")
        double(21.0)

The trusted side: `wall` (starts the server), `session` (one submission), `channel`, `outputs`, `errors`. The student's
side: `server`, `sandbox`, `shell`. Both know `protocol`.
"""

from typing import Any

_HOMES = {
    "Limits": "limits",
    "Wall": "wall",
    "what_this_machine_offers": "wall",
    "Session": "session",
    "StudentFunction": "session",
    "NoAnswer": "errors",
    "NotDefined": "errors",
    "NotPlain": "errors",
    "StudentError": "errors",
    "WallFault": "errors",
    "WallUnavailable": "errors",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    # The student's side imports this package too, and must load nothing of the trusted side.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
