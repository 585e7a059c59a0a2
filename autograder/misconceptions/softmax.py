"""What goes wrong in the exercise "Softmax"."""

import numpy as np

from . import inputs, misconception
