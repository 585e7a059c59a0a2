"""The formula sheet: the directive that prints the formulas of a chapter from book/formulas.toml, their one source."""

import re
import tomllib

from course import ROOT, Generated

SOURCE = ROOT / "book" / "formulas.toml"
RELATION = re.compile(r"\\(?:le|ge|to|approx|longrightarrow)\b|[=<>]")


class Formulas(Generated):
    """`{formulas} softmax`: each formula with its name, its shapes, the NumPy that is tested, and its proof."""

    def text(self, name):
        self.env.note_dependency(str(SOURCE))
        cards = [card(formula) for formula in tomllib.loads(SOURCE.read_text("utf-8"))[name].values()]
        return "::::::{container} formulas\n" + "\n".join(cards) + "\n::::::"


def card(formula) -> str:
    """MyST text of one formula."""
    shapes = ", ".join(f"`{array} {shape}`" for array, shape in formula["shapes"].items())
    return f"""\
:::::{{container}} formula
::::{{container}} formula-name
{formula["name"]}
::::

$$
{typeset(formula["tex"])}
$$

```python
{formula["code"].strip()}
```

::::{{container}} formula-shapes
{shapes}
::::
::::{{container}} formula-proof
{proof(formula["proved"])}
::::
:::::
"""


def typeset(tex) -> str:
    """The rows of a formula under each other, lined up at the first relation of each."""
    rows = tex.strip().splitlines()
    return r"\begin{aligned}" + r" \\ ".join(map(lined_up, rows)) + r"\end{aligned}" if len(rows) > 1 else rows[0]


def lined_up(row) -> str:
    for found in RELATION.finditer(row):
        if row.count("{", 0, found.start()) == row.count("}", 0, found.start()):
            return f"{row[: found.start()]}&{row[found.start() :]}"
    return f"&{row}"


def proof(label) -> str:
    """A MyST reference to a theorem, an equation or a section, by the custom of the book's labels."""
    kind = label.partition("-")[0]
    if kind == "eq":
        return f"Equation {{eq}}`{label}`"
    role = "prf:ref" if kind in ("def", "lem", "thm", "prop", "cor") else "ref"
    return f"{{{role}}}`{label}`"


def setup(app):
    app.add_directive("formulas", Formulas)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
