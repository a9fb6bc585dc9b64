"""The charts of the course: records in, plotly figures and the tables that say the same out."""
