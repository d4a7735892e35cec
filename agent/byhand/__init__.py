"""Probes for a person at the site: one question, answered in words to read over the telephone."""
