"""When checks run, and what becomes a report."""
