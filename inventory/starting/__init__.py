"""The first inventory of a province: its official units, and everything else to be filled in."""
