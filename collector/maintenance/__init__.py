"""Planned work and announced power cuts: proposed, confirmed, ended; only confirmed ones count."""
