"""Stands in for matplotlib_inline.backend_inline in the browser: figures appear below their cell."""

import course_kernel
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg


class FigureManager(FigureManagerBase):
    @classmethod
    def pyplot_show(cls, *, block=None):
        course_kernel.send_figures()


class FigureCanvas(FigureCanvasAgg):
    manager_class = FigureManager


def set_matplotlib_formats(image_format: str, *_others: str) -> None:
    """Figures are shown in `image_format`, "png" or "svg"; formats after the first are for other readers."""
    course_kernel.figure_format = image_format
