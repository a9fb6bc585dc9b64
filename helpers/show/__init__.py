"""Turns records into charts, tables, diffs and one-line summaries. Nothing here talks to an engine."""
