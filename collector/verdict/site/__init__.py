"""One site at one moment: what its own evidence says."""
