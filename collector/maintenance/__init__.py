"""Planned work and announced power cuts: windows in which a fault is expected."""
