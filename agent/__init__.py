"""The agent: measures a machine and what surrounds it, keeps every report, sends it."""
