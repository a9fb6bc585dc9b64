"""Records and metrics in; charts, tables, lines of text and progress out. Nothing here talks to an engine.

The charts: bar_charts (bars of sizes, times, container start and stop, overview), composition (parts of an image),
treemap (an image's files), image_changes (two images compared), cache_map, timeline, attack_surface_chart,
section_changes_chart, section_pair (two sections compared). Their tables: course_tables, record_tables.
Built with: chart (a figure and its table), matrix (a grid of cells), theme (the look), notes (the small print).
"""
