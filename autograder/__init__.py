"""Checks, diagnoses and grades the exercises of the course "Backprop, Checked".

The student's part (`gradients`, `checks`, `messages`, `calls`, `diagnosis`, `experiments`,
`transformations`, `misconceptions`) needs NumPy alone; the instructor's part (`python -m autograder`) stands on top of
it.
"""
