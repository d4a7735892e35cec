"""What every vantage saw, when, and how fresh it was: kept as runs, longer than any spool."""
