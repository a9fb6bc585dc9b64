"""The course: its sections, the full run, the report, the baseline and the checks on the notebooks."""
