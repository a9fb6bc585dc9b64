"""Experiments on Dockerfiles: scenarios and their edits, measurements, the store, claims."""
