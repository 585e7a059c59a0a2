"""What the trusted side raises."""

import builtins


class WallUnavailable(RuntimeError):
    """This machine cannot give the isolation; the text says what is missing, in one sentence."""


class WallFault(RuntimeError):
    """A fault of the grader's own: no verdict follows from it."""

    grader_fault = True


class NoAnswer(RuntimeError):
    """A student's function gave no answer that could be taken; the text is one sentence that says why."""

    is_sentence = True


class NotDefined(NoAnswer):
    """The student's cells define no such function."""

    def __init__(self, name: str):
        super().__init__(f"{name} is not defined")
        self.name = name


class NotPlain(NoAnswer):
    """An answer came, and it is not plain data; the process goes on. The text names what came as the student's side
    does, which may put a test's input into it; `in_general` says nothing of it."""

    in_general = "what comes back is not made of numbers, arrays, lists, tuples and dicts, or is too large"


class StudentError(RuntimeError):
    """What a student's function raised and no builtin exception stands for: its own class, SystemExit and the like."""


# Those that control flow in the caller (a StopIteration would end a caller's loop) or need more than a text are not
# raised again as themselves.
_NOT_AGAIN = (StopIteration, StopAsyncIteration, UnicodeError, ExceptionGroup)
_BUILTIN = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, _NOT_AGAIN)
    if kind.__name__ == name
}


def raised(mro: list[str], name: str, text: str) -> Exception:
    """The exception to raise for one of a student's: the builtin class that stands first in its MRO.

    mro   names of the builtin classes among its bases, itself first
    name  of its own class
    Its `is_students` tells it from one that a test raises by itself.
    """
    error: Exception = StudentError(f"{name}: {text}" if text else name)
    if "StopIteration" not in mro and "StopAsyncIteration" not in mro:
        for base in mro:
            if base in _BUILTIN and (base != "Exception" or name == base):
                error = _BUILTIN[base](text)
                break
    error.is_students = True
    return error


def builtin_name(error: Exception) -> str:
    """The name of the builtin class that stands first in an exception's MRO."""
    return next(kind.__name__ for kind in type(error).__mro__ if kind is getattr(builtins, kind.__name__, None))
