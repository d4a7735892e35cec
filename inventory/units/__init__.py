"""The official units of Viet Nam, shipped as data: today's, those before July 2025, and lineage."""
