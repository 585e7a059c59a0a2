"""What goes wrong in the exercise "Cross-entropy and backpropagation"."""
