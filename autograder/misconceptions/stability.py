"""What goes wrong in the exercise "Numerical stability"."""

import numpy as np

from . import inputs, misconception
