"""How reports reach a collector: what goes next, by which address, what an answer means."""
