"""Records in, numbers out: pure functions."""
