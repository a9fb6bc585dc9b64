"""Records in, numbers out: pure functions that charts draw and results.json lists."""
