"""Grading that cannot be fooled: intake, sandbox, judge, runner, gradebook and reports."""
