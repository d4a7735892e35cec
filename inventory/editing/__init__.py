"""Changes written into the inventory's files: what is not touched keeps every byte."""
