"""Stands in for IPython.display in the browser."""

from course_kernel import clear_output, display

__all__ = ["HTML", "clear_output", "display"]


class HTML:
    """Shows `data` as HTML."""

    def __init__(self, data: str):
        self.data = data

    def _repr_html_(self) -> str:
        return self.data
