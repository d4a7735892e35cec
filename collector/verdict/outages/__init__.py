"""Outages: what was down, in which phases, what was believed of it before, and who handles it."""
