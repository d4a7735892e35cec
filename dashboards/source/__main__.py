"""`python -m dashboards.source write|check URL`: make the dashboards, or try their queries."""

import argparse
import json
import sys
from collections import Counter

from dashboards.source.asking import Answer, PromError, Prometheus, answers, last_hour
from dashboards.source.files import ROOT, found, write

SLOW_SECONDS = 1.0


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 0, 1 if a query was refused, 2 if nothing could be asked."""
    options = _parser().parse_args(arguments)
    if options.command == "write":
        for path in write():
            print(path.relative_to(ROOT.parent))
        return 0
    return _check(options.url, options.ca)


def _check(url: str, ca: str | None) -> int:
    """Ask all queries of a Prometheus; say what has nothing to show and what is slow."""
    prometheus = Prometheus(url, ca)
    span = last_hour()
    try:
        prometheus.instant("vector(1)", span.end)
    except PromError as exc:
        print(exc, file=sys.stderr)
        return 2
    number: Counter[str] = Counter()
    for path in found():
        board = json.loads(path.read_text("utf-8"))
        for answer in answers(prometheus, board, span):
            number[_kind(answer)] += 1
            if (line := _line(answer)) is not None:
                print(line)
    print(
        f"{sum(number.values())} câu hỏi: {number['shown']} có số liệu, "
        f"{number['empty']} không có, {number['refused']} bị Prometheus từ chối."
    )
    return 1 if number["refused"] else 0


def _kind(answer: Answer) -> str:
    if not answer.problem:
        return "shown"
    return "empty" if answer.problem in ("no series", "only NaN", "no value") else "refused"


def _line(answer: Answer) -> str | None:
    """Return what a person should know of one query, None if it is as it should be."""
    kind = _kind(answer)
    if kind == "refused":
        return f"LỖI     {answer.asked.where}: {answer.problem}"
    if kind == "empty":
        return f"trống   {answer.asked.where}"
    if answer.seconds > SLOW_SECONDS:
        return f"chậm    {answer.asked.where}: {answer.seconds:.1f} s, {answer.series} chuỗi"
    return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dashboards.source", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("write", help="write the JSON of all dashboards")
    check = commands.add_parser(
        "check", help="ask every query of a Prometheus for the last hour, and say what is empty"
    )
    check.add_argument("url", metavar="URL", help="Prometheus, as http://127.0.0.1:9090")
    check.add_argument("--ca", metavar="FILE", help="CA of that Prometheus (default: the system's)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
