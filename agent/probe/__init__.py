"""How to ask: one protocol per file, no policy and no metric names."""
