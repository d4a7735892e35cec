"""The runbook: what to do when an alert comes, one page of Markdown for each (`alerts/`).

The pages lie here, not in docs/: the collector serves what it was installed with, so a province
without the Internet reads at 2 a.m. what fits its version. docs/runbook.md leads readers here.
"""
