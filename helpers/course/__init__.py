"""The course as a whole: its sections, running them all, the report, the baseline, the notebooks' hygiene."""
