"""`python -m autograder`."""

import signal
import sys
from types import FrameType


def _end(number: int, frame: FrameType | None) -> None:
    """Until a command begins, whose own affair it is: what the command line is made of takes a moment to load."""
    print("Ended before anything was done; run it again.", file=sys.stderr)
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, _end)
    from .cli import main

    main()
