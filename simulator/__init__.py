"""A province of fake agents that speak the real protocol, with scripted faults."""
