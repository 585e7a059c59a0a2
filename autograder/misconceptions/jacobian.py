"""What goes wrong in the exercise "The Jacobian of softmax"."""

import numpy as np

from . import inputs, misconception
