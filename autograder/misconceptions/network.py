"""What goes wrong in the exercise "Network architecture"."""

import numpy as np

from . import inputs, misconception
