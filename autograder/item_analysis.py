"""How well the questions of an exercise measure: difficulty, discrimination, reliability.

Scores are an array (n, k): n students, k questions, points. A statistic that the scores do not determine is NaN.
"""

import numpy as np

FEW = 10  # students, below which discrimination and reliability say nothing
WEAK, HARD, EASY = 0.1, 0.3, 0.8


def difficulty(scores: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(n, k), (k,) -> (k,): the mean share of the points that students got; the higher, the easier."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return scores.mean(axis=0) / points if len(scores) else np.full(len(points), np.nan)


def discrimination(scores: np.ndarray) -> np.ndarray:
    """(n, k) -> (k,): the correlation of each question with the sum of the others. Where a question is passed or
    failed, this is the point-biserial correlation with the rest of the score."""
    rest = scores.sum(axis=1, keepdims=True) - scores
    a, b = scores - scores.mean(axis=0), rest - rest.mean(axis=0)
    spread = np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(spread > 1e-12, (a * b).sum(axis=0) / spread, np.nan)


def reliability(scores: np.ndarray) -> float:
    """(n, k) -> Cronbach's alpha, which is KR-20 where every question is worth one point and passed or failed."""
    n, k = scores.shape
    if n < 2 or k < 2:
        return np.nan
    total = scores.sum(axis=1).var(ddof=1)
    return k / (k - 1) * (1 - scores.var(axis=0, ddof=1).sum() / total) if total > 1e-12 else np.nan


def flags(easiness: float, correlation: float, n: int) -> list[str]:
    """What is unusual about a question, in words; nothing about its discrimination for fewer than `FEW` students."""
    said = []
    if easiness < HARD:
        said.append("hard: below 30 %")
    if easiness > EASY:
        said.append("easy: above 80 %")
    if n >= FEW and correlation < WEAK:
        said.append("weak: below 0.1")
    return said
