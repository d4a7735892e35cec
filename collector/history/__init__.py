"""History: every accepted report with its final time, to Prometheus, VictoriaMetrics or a file.

A process per receiver reads the inbox behind the collector, so that catching up takes no time from
taking reports in.
"""
