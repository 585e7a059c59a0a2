# Everything that one does with the course. `make help` lists it.
SHELL := /bin/bash
PYTHON ?= python3
SERVE ?= yes
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

AUTOGRADER := $(shell find autograder -name '*.py' -o -path '*/templates/*')
SOLUTIONS := $(wildcard solutions/*/*.md)
BOOK := $(shell find book -type f -not -path '*/__pycache__/*') _config.yml _toc.yml
LATEX := texlive-xetex texlive-latex-extra texlive-fonts-recommended latexmk lmodern fonts-texgyre fonts-texgyre-math fonts-dejavu
TESTS := $(shell find tests -name '*.py')

.DEFAULT_GOAL := help
.PHONY: help setup course book pdf release class grades gradescope serve test test-fast lint lock accuracy bench bench-class bench-browser clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/.ready  ## the virtual environment .venv with everything in it

# Kept in step with the lock; made anew only where Python itself is missing from it.
.venv/.ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name it with: make PYTHON=/path/to/python3 ..."; exit 1; }
	@echo "→ setting up .venv (a few minutes the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

course: book class grades  ## all of it: book, exercises, a graded sample class, served (SERVE=no: not served)
	@echo
	@echo "The book:             _build/html/index.html"
	@echo "The exercises:        exercises/"
	@echo "The class's results:  _build/grades/results.json, scores.csv, feedback/, report/"
	@if [ "$(SERVE)" = yes ]; then $(BIN)/python -m autograder serve; \
	  else echo "Serve them with:      make serve"; fi

book: release _build/html/.built  ## the book, in _build/html

_build/html/.built: $(BOOK) $(SOLUTIONS) $(AUTOGRADER) $(wildcard exercises/*/*.ipynb) _build/.cells _build/.pyodide
	@echo "→ building the book"
	@$(BIN)/jupyter-book build . --all -W -n --keep-going > _build/book.log 2>&1 || \
	  { tail -n 60 _build/book.log; echo "The whole log is in _build/book.log."; exit 1; }
	@touch $@

pdf: _build/latex/backprop-checked.pdf  ## the book as a PDF, in _build/latex (needs XeLaTeX)

_build/latex/backprop-checked.pdf: $(BOOK) $(SOLUTIONS) $(AUTOGRADER) _build/.released _build/.cells
	@for program in xelatex latexmk; do command -v $$program > /dev/null || { \
	  echo "make pdf needs $$program, which is missing. On Debian or Ubuntu: apt-get install $(LATEX)"; exit 1; }; done
	@echo "→ building the PDF"
	@rm -rf _build/latex
	@( $(BIN)/jupyter-book build . --all -W -n --keep-going --builder latex && cd _build/latex && \
	  max_print_line=1000 latexmk -xelatex -interaction=nonstopmode -halt-on-error backprop-checked.tex ) \
	  > _build/pdf.log 2>&1 || { tail -n 60 _build/pdf.log; echo "The whole log is in _build/pdf.log."; exit 1; }
	@echo "The PDF:              $@"

# Python for the browser. Where it cannot be had, the book says so and is whole otherwise.
_build/.pyodide: book/_extensions/pyodide_distribution.py | .venv/.ready
	@$(BIN)/python book/_extensions/pyodide_distribution.py
	@mkdir -p _build && touch $@

# The cache of executed cells does not know which modules they import.
_build/.cells: book/figures.py book/accuracy.json | .venv/.ready
	@rm -rf _build/.jupyter_cache && mkdir -p _build && touch $@

release: _build/.released  ## exercises/ from solutions/

_build/.released: $(SOLUTIONS) nbgrader_config.py autograder/release.py autograder/course.py | .venv/.ready
	@echo "→ releasing the exercises"
	@$(BIN)/python -m autograder release
	@mkdir -p _build && touch $@

class: _build/.class  ## a sample class of submissions, in _build/class

_build/.class: _build/.released $(AUTOGRADER)
	@echo "→ inventing a class"
	@rm -rf _build/class && $(BIN)/python -m autograder.sample_class _build/class && touch $@

grades: _build/.graded  ## the sample class, graded, in _build/grades

_build/.graded: _build/.class $(AUTOGRADER) | .venv/.ready
	@echo "→ grading the class"
	@rm -rf _build/grades && $(BIN)/python -m autograder grade _build/class --out _build/grades
	@$(BIN)/python -m autograder report _build/grades && touch $@

gradescope: .venv/.ready  ## an autograder for Gradescope, in _build/gradescope.zip (EXERCISE=softmax: of one; UNSAFE=yes)
	@$(BIN)/python -m autograder gradescope $(EXERCISE) $(if $(filter yes,$(UNSAFE)),--unsafe)

serve: book grades  ## book and class results on http://127.0.0.1:8000/
	@$(BIN)/python -m autograder serve

test: _build/.tested  ## every test
	@echo "The tests have passed on exactly these files:"; tail -n 1 _build/tests.log

_build/.tested: .venv/.ready _build/html/.built $(AUTOGRADER) $(SOLUTIONS) $(TESTS) Makefile README.md nbgrader_config.py
	@set -o pipefail; $(BIN)/python -m pytest -n 2 --dist worksteal 2>&1 | tee _build/tests.log
	@touch $@

test-fast: .venv/.ready  ## the tests that take no longer than a minute together
	@$(BIN)/python -m pytest -m "not slow" -n 2

lint: .venv/.ready  ## style and formatting
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

lock: .venv/.ready  ## requirements.txt anew, from pyproject.toml
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras pyproject.toml -o requirements.txt

accuracy: .venv/.ready  ## how often the checks err, beside other gradient checkers (installs those apart)
	@$(BIN)/python -m venv _build/accuracy-venv
	@_build/accuracy-venv/bin/python -m pip install --quiet -r requirements.txt -r benchmarks/requirements-accuracy.txt
	@_build/accuracy-venv/bin/python -m pip install --quiet --no-deps --editable .
	@_build/accuracy-venv/bin/python benchmarks/accuracy.py

bench: .venv/.ready _build/.released _build/otter-venv  ## how fast the grader is and what it withstands, beside its peers, in one run
	@$(BIN)/python benchmarks/grading.py
	@$(BIN)/python benchmarks/attacks.py
	@$(BIN)/python benchmarks/cluster.py

bench-class: .venv/.ready  ## a large class once through: 1000 students, 10 000 damaged notebooks (STUDENTS=100: a tenth of both)
	@$(BIN)/python benchmarks/large_class.py $(STUDENTS)

_build/otter-venv: benchmarks/requirements-otter.txt
	@$(BIN)/python -m venv $@
	@$@/bin/python -m pip install --quiet -r $<
	@$@/bin/python -m pip install --quiet --no-deps --editable .
	@touch $@

bench-browser: .venv/.ready _build/html/.built  ## how soon an exercise answers in the browser, beside bare Pyodide
	@$(BIN)/python benchmarks/browser.py

clean:  ## takes away what was built; .venv stays
	@rm -rf _build
