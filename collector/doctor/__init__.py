"""What is still missing after the first day, and what to do about it: `govnet doctor`."""
