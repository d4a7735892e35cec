"""The reports that the collector does not have yet, on disk."""
