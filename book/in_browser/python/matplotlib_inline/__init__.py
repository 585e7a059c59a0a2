"""Stands in for matplotlib_inline in the browser."""
