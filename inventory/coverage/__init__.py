"""Which causes of an outage can be told at each site, when it is blind, and what would help."""
