"""Alerts: what people are told, in words, and by which way."""
