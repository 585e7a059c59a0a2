"""What goes wrong in the exercise "The Jacobian of softmax"."""
