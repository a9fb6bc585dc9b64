"""What every other package may use: records, errors, units, paths. Standard library only."""
