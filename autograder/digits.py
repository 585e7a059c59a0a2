"""1797 real handwritten digits, as text: a line of `digits.csv` is an image, 64 pixels in base 17, and its class.

Written by 13 people at Boğaziçi University, scanned, and counted down to 8 by 8 pixels of 0 to 16: E. Alpaydin and
C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998, its test part in its
order (https://doi.org/10.24432/C50P49, licence CC BY 4.0).
"""

from pathlib import Path

import numpy as np


def load() -> tuple[np.ndarray, np.ndarray]:
    """Images (1797, 64), the rows of each from top to bottom, from 0 (paper) to 1 (ink), and classes (1797,)."""
    lines = Path(__file__).with_name("digits.csv").read_text(encoding="ascii").split()
    pixels, classes = zip(*(line.split(",") for line in lines))
    return np.array([[int(ink, 17) for ink in image] for image in pixels]) / 16, np.array(classes, dtype=int)
