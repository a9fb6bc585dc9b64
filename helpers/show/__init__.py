"""Records in; figures, tables, differences and sentences out. Nothing here talks to an engine."""
