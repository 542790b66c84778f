# Each target is one line; the logic is in scripts/, so a machine without make can call the same.
PYTHON ?= python3

.PHONY: help book pdf epub slides test check lab results grade-demo endurance clean

help: ## this list
	@$(PYTHON) scripts/help.py Makefile

book: ## build the book from executed chapters into _build/html
	@$(PYTHON) scripts/book.py

slides: book ## build the book, and with it slides of each chapter in _build/html/_static/slides

test: ## build the book and run every check
	@$(PYTHON) scripts/run_tests.py

pdf: ## each chapter and the whole book as PDF, by Chromium
	@$(PYTHON) scripts/pdf.py

epub: ## the whole book as ePub
	@$(PYTHON) scripts/epub.py

check: ## everything about one chapter and its exercise: make check SLUG=training-loop
	@$(PYTHON) scripts/check.py $(SLUG)

lab: ## open JupyterLab on the student's notebooks
	@$(PYTHON) scripts/lab.py

results: ## the runs too big for the build: make results PRESET=cpu
	@$(PYTHON) scripts/results.py $(PRESET)

grade-demo: ## six simulated students through nbgrader, from release to the table of grades
	@$(PYTHON) scripts/grade_demo.py

endurance: ## 500 submissions, whose grading is killed 20 times
	@$(PYTHON) scripts/endurance.py

clean: ## remove what make has built (not .venv)
	@$(PYTHON) scripts/clean.py
