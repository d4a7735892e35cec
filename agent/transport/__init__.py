"""Bytes to and from one address of a collector, and whom that connection trusts."""
