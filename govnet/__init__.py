"""What the agent and the collector must agree on; standard library only, no helpers."""

__version__ = "0.1.0"
