"""`python -m bench [SUBJECT ...]`: measure us beside our peers, in one run, and print Markdown."""

import argparse
import sys
from collections.abc import Callable
from importlib import import_module

from bench.figures import Comparison, markdown
from bench.processes import BenchError, versions

SUBJECTS = {
    "agent": "bench.agent_footprint",
    "wire": "bench.wire_size",
    "ingest": "bench.ingest_cost",
    "render": "bench.render_cost",
    "inventory": "bench.inventory_load",
    "verdict": "bench.verdict_cost",
    "snmp": "bench.snmp_poll",
    "dashboards": "bench.dashboards_load",
}


def main(arguments: list[str] | None = None) -> int:
    """Run the chosen subjects; return 0, or 1 if one could not be measured."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure us beside our peers, in one run; prints Markdown tables.",
    )
    parser.add_argument(
        "subjects",
        nargs="*",
        metavar="SUBJECT",
        help=f"what to measure: {', '.join(SUBJECTS)} (default: all)",
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="rounds of each; medians are shown (default: 3)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="tiny sizes, to see that it works (default: no)"
    )
    options = parser.parse_args(arguments)
    unknown = [name for name in options.subjects if name not in SUBJECTS]
    if unknown or options.rounds < 1:
        parser.error(
            f"unknown subject: {unknown[0]}" if unknown else "--rounds: expected 1 or more"
        )
    for line in versions():
        print(f"- {line}")
    for name in options.subjects or SUBJECTS:
        compare: Callable[..., list[Comparison]] = import_module(SUBJECTS[name]).compare
        try:
            comparisons = compare(options.rounds, quick=options.quick)
        except BenchError as exc:
            print(f"{name}: {exc}", file=sys.stderr)
            return 1
        for comparison in comparisons:
            print(f"\n{markdown(comparison)}", end="", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
