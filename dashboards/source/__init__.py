"""The dashboards' source: `python -m dashboards.source write` makes the JSON beside this folder.

Not part of the distribution: what is shipped is the JSON. It says which panels a dashboard has; how
Grafana wants them told stands in `grafana` and `panels`.
"""
