"""Measuring Dockerfiles: scenarios and their edits, experiments, claims, the store."""
