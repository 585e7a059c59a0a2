"""Right answers, in unlike styles: each must be accepted."""
