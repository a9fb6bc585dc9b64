"""Sets up a machine for the course. Standard library only, because it runs before anything is installed."""
