"""Bytes of a real agent's report as sent, beside the same samples as Prometheus text."""

import gzip
from typing import Any

from agent.onsite.prometheus_text import sample_lines
from bench.agent_footprint import MEASURING_PC, count_samples, newest_report, running_agents
from bench.figures import Comparison, Figure
from govnet.catalogue import CATALOGUE
from govnet.report import Sample


def compare(rounds: int, *, quick: bool) -> list[Comparison]:
    """Take the newest batch of a running agent. Sizes are exact: there are no rounds."""
    del rounds, quick
    with running_agents(MEASURING_PC) as (agent,):
        return [compared(agent.last_body())]


def compared(body: bytes) -> Comparison:
    """Compare one batch of one report with the text of its samples."""
    report = newest_report(body)
    bare, full = prometheus_text(report, with_head=False), prometheus_text(report, with_head=True)
    return Comparison(
        "Wire",
        "Prometheus text",
        (
            Figure("one report, plain", "bytes", len(gzip.decompress(body)), len(bare)),
            Figure("one report, gzip", "bytes", len(body), packed(bare)),
            Figure("gzip, peer with HELP and TYPE", "bytes", len(body), packed(full)),
        ),
        (
            f"{count_samples(body)} samples of one report of the machine, LAN and link checks.",
            (
                "Our body also carries who, when, sequence number, and every check's duration, age "
                "and error; the text carries only names, labels and values."
            ),
            "HTTP heads and TLS are not counted on either side.",
        ),
    )


def packed(text: bytes) -> int:
    """Return the text's size with gzip at the level the agent uses."""
    return len(gzip.compress(text, compresslevel=6, mtime=0))


def prometheus_text(report: dict[str, Any], *, with_head: bool) -> bytes:
    """Return a decoded report's samples as text format 0.0.4, one family after the other."""
    families: dict[str, list[str]] = {}
    for result in report["results"]:
        for written in result["samples"]:
            name, value, *labels = written
            sample = Sample(name, value, labels[0] if labels else None)
            families.setdefault(name, []).extend(sample_lines([sample], result["target"]))
    lines = []
    for name, family in families.items():
        if with_head:
            metric = CATALOGUE[name]
            lines += [f"# HELP {name} {metric.help_en}", f"# TYPE {name} {metric.kind}"]
        lines += family
    return ("\n".join(lines) + "\n").encode()
