"""Which answers are alike beyond what everybody wrote: pairs for a person to look at, never a verdict.

Answers are taken as runs of `RUN` tokens, with names of the student's own, layout and comments left out. Runs of the
starter code and of the reference solution do not count, and neither do those that more than a few students have.
"""

import builtins
import io
import keyword
import re
import tokenize
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

RUN = 8
FEWEST = 12  # runs that two students must share, ...
LEAST = 0.25  # ... and of the shorter answers
FEW = range(3, 11)  # so many students may have what still counts as rare: a tenth of the class, within these
_GIVEN = {*dir(builtins), *keyword.kwlist, *keyword.softkwlist}
_SKIPPED = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
    tokenize.ENCODING,
}  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """Two students whose answers share rare runs.

    shared  these runs
    share   of the runs of the shorter of the two, those of the starter code not counted
    """

    one: str
    other: str
    shared: frozenset[int]
    share: float


@lru_cache(maxsize=4096)
def runs(source: str, code: bool = True) -> frozenset[int]:
    """The runs of tokens of an answer, as checksums; of words, where it is no code."""
    tokens = _tokens(source) if code else re.findall(r"\w+", source.casefold())
    return frozenset(zlib.crc32("\0".join(tokens[i : i + RUN]).encode()) for i in range(len(tokens) - RUN + 1))


def similar(answers: dict[str, Iterable[frozenset[int]]], given: Iterable[frozenset[int]]) -> list[Pair]:
    """The pairs of students who share as many rare runs as `FEWEST` and `LEAST` say, most alike first.

    answers  student -> the runs of each answer
    given    the runs of what everybody was given, or could read
    """
    known = frozenset().union(*given)
    own = {student: frozenset().union(*parts) - known for student, parts in answers.items()}
    having = Counter(run for runs_of in own.values() for run in runs_of)
    few = min(max(len(own) // 10, FEW[0]), FEW[-1])
    holders: dict[int, list[str]] = defaultdict(list)
    for student, runs_of in own.items():
        for run in runs_of:
            if 2 <= having[run] <= few:
                holders[run].append(student)
    shared = Counter(pair for students in holders.values() for pair in combinations(sorted(students), 2))
    pairs = []
    for (one, other), count in shared.items():
        share = count / min(len(own[one]), len(own[other]))
        if count >= FEWEST and share >= LEAST:
            pairs.append(Pair(one, other, frozenset(r for r in own[one] & own[other] if having[r] <= few), share))
    return sorted(pairs, key=lambda pair: (-pair.share, pair.one, pair.other))


def _tokens(source: str) -> list[str]:
    found, before = [], ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type in _SKIPPED:
                continue
            text = token.string
            if token.type == tokenize.NAME and text not in _GIVEN and before != ".":
                text = "a name"
            elif token.type == tokenize.STRING:
                text = "a string"
            found.append(text)
            before = token.string
    except (tokenize.TokenError, SyntaxError):  # what comes before the place is still told
        pass
    return found
