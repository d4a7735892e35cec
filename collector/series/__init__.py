"""The newest measurement of everything, in columns that are cheap to write and to print."""
