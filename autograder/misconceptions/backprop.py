"""What goes wrong in the exercise "Cross-entropy and backpropagation"."""

import numpy as np

from . import inputs, misconception
