"""What goes wrong in the exercise "Numerical stability"."""
