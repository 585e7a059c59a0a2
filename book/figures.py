"""How the figures of the book look: one style, a few colours, shared by every chapter.

Figures are drawn dark on transparent. On a dark page the stylesheet inverts their lightness and keeps their
hues, so that one SVG serves both.
"""

import logging

import matplotlib
import matplotlib.pyplot as plt
import numpy as np

matplotlib.use("agg")

INK = "#222222"
QUIET = "#6b6b6b"
BLUE = "#1f5fa8"
ORANGE = "#b8500f"
GREEN = "#2c7a4b"
VIOLET = "#7a3e9d"
COLOURS = [BLUE, ORANGE, GREEN, VIOLET]

# Blue is negative, white is zero, orange is positive.
DIVERGING = matplotlib.colors.LinearSegmentedColormap.from_list("course", [BLUE, "#ffffff", ORANGE])


def use_course_style():
    """Sets Matplotlib's defaults for this process: SVG and, for print, PDF; transparent ground; our colours."""
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    set_matplotlib_formats("svg", "pdf")
    # The first fonts of the list are the reader's; that they are missing here is no news.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    plt.rcParams.update(
        {
            "figure.figsize": (7.0, 3.0),
            "figure.constrained_layout.use": True,
            "savefig.transparent": True,
            "figure.facecolor": "none",
            "axes.facecolor": "none",
            "axes.edgecolor": QUIET,
            "axes.labelcolor": INK,
            "axes.prop_cycle": matplotlib.cycler(color=COLOURS),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlesize": 11,
            "axes.titlelocation": "left",
            "font.size": 10.5,
            "text.color": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "legend.frameon": False,
            "lines.linewidth": 2,
            # Text stays text, so that it can be searched and read aloud.
            "svg.fonttype": "none",
            "font.family": ["Helvetica", "Arial", "DejaVu Sans", "sans-serif"],
            # The same figure has the same bytes in every build.
            "svg.hashsalt": "backprop-checked",
        }
    )


def heat_map(axes, matrix, *, title="", form="{:.2f}", limit=None):
    """Draws a matrix (M, N) on `axes`, every entry written in its cell; `limit` is the value of the full colour.

    Sign shows twice: by hue and by the number itself, so that no colour is needed to read it.
    """
    matrix = np.asarray(matrix, dtype=float)
    limit = limit or np.abs(matrix).max() or 1.0
    image = axes.imshow(matrix, cmap=DIVERGING, vmin=-limit, vmax=limit)
    for (i, j), value in np.ndenumerate(matrix):
        strong = abs(value) > 0.6 * limit
        axes.text(j, i, form.format(value), ha="center", va="center", color="#ffffff" if strong else INK, fontsize=9)
    axes.set_title(title)
    axes.set_xticks(range(matrix.shape[1]))
    axes.set_yticks(range(matrix.shape[0]))
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return image
