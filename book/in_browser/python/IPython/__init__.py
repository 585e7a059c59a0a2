"""Stands in for IPython in the browser: what a notebook may ask of it, and no more."""

version_info = (9, 0, 0)  # Matplotlib looks at it


def get_ipython() -> None:
    """There is no IPython here; programs that ask are told so."""
