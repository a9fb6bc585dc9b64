"""The charts of the course: Plotly figures, each with a table of the same data, drawn from records."""
