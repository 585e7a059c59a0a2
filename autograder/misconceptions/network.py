"""What goes wrong in the exercise "Network architecture"."""
