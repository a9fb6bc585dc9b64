"""Makes a machine ready for the course: standard library only, since it runs before anything is installed."""
