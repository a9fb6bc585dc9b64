"""The course as a whole: its sections, running them all, the report, the reference run, the notebooks' hygiene."""
