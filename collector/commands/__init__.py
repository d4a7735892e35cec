"""What each `govnet` command understands and does; one file per subject."""
