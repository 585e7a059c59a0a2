"""Makes this folder a stock nbgrader course: `nbgrader generate_assignment`, `autograde`, `generate_feedback`,
`validate` and the formgrader work in it as they are. `_build/source` is written by `python -m autograder release`."""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821

# nbgrader calls `alembic` by name, also where this environment has not been activated.
_bin = str(Path(sys.executable).parent)
if _bin not in os.environ.get("PATH", "").split(os.pathsep):
    os.environ["PATH"] = os.pathsep.join(filter(None, [_bin, os.environ.get("PATH")]))

c.CourseDirectory.course_id = "backprop-checked"
c.CourseDirectory.source_directory = "_build/source"
c.CourseDirectory.release_directory = "exercises"

c.ClearSolutions.code_stub = {"python": "raise NotImplementedError"}
c.ClearSolutions.text_stub = "Your answer here."

# A test cell that a student deleted comes back before grading.
c.OverwriteCells.add_missing_cells = True

# Words on stderr cost no points, and a number that a test cell shows is no score.
c.Autograde.autograde_preprocessors = [
    # In its place "autograder.wall_engine.BehindTheWall" runs students' code behind the wall.
    "nbgrader.preprocessors.Execute",
    "autograder.nbgrader_engine.OnlyErrorsCount",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# A kernel's warnings about itself would run into whatever this terminal shows.
c.Execute.extra_arguments = ["--log-level=ERROR"]

# Feedback shows no hidden test, and nothing of a student's acts in it.
c.GenerateFeedback.preprocessors = [
    "autograder.feedback.HideTests",
    "nbgrader.preprocessors.GetGrades",
    "autograder.feedback.Harmless",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
c.HTMLExporter.filters = {"markdown2html": "autograder.feedback.markdown2html"}
