"""Numbers in; figures, tables, differences and progress out. Nothing here talks to an engine."""
