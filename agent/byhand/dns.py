"""`govnet-agent probe dns`: what one name server says of one name."""

import argparse
from collections.abc import Callable

from agent.byhand import ranges
from agent.byhand.contract import Answer
from agent.byhand.wording import WHY, milliseconds
from agent.probe import dns
from agent.probe.outcome import Outcome
from agent.probe.trace import Trace

_CODES = {
    1: "máy chủ tên miền cho là câu hỏi sai dạng",
    2: "máy chủ tên miền bị lỗi hoặc không hỏi tiếp được máy chủ khác",
    3: "không có tên này",
    4: "máy chủ tên miền không biết trả lời loại câu hỏi này",
    5: "máy chủ tên miền từ chối trả lời máy này",
}
"""Response codes (RFC 1035 §4.1.1)."""
_NO_ERROR = 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which server to ask for which name."""
    parser.add_argument("resolver", help="address of the name server")
    parser.add_argument("name", help="name to ask for")
    parser.add_argument(
        "--port", type=ranges.port, default=53, help="UDP and TCP port (default: 53)"
    )


def ask(
    arguments: argparse.Namespace,
    timeout_seconds: float,
    trace: Trace,
    *,
    query: Callable[..., dns.Lookup] = dns.query,
) -> Answer:
    """Ask for IPv4 and IPv6 addresses. Raises CheckError if this machine could not ask."""
    lookups: list[tuple[dns.Lookup, str]] = []
    for record_type, kind in ((dns.RecordType.A, "IPv4"), (dns.RecordType.AAAA, "IPv6")):
        lookup = query(
            arguments.resolver,
            arguments.name,
            record_type,
            port=arguments.port,
            timeout_seconds=timeout_seconds / 2,
            trace=trace,
        )
        lookups.append((lookup, kind))
    differ = len({lookup.rcode for lookup, _ in lookups}) > 1
    lines = [_sentence(arguments, lookup, kind, differ=differ) for lookup, kind in lookups]
    found = any(lookup.addresses for lookup, _ in lookups)
    return Answer(good=found, lines=tuple(dict.fromkeys(lines)))


def _sentence(arguments: argparse.Namespace, lookup: dns.Lookup, kind: str, *, differ: bool) -> str:
    """Say what came; about which kind of address only where the two answers differ."""
    about = f" (hỏi {kind})" if differ else ""
    resolver, name = arguments.resolver, arguments.name
    if lookup.outcome is not Outcome.ANSWERED or lookup.rcode is None:
        return f"Máy chủ tên miền {resolver} không trả lời{about}: {WHY[lookup.outcome]}."
    if lookup.rcode != _NO_ERROR:
        why = _CODES.get(lookup.rcode, f"mã lỗi {lookup.rcode}")
        return f"{resolver} trả lời về {name}{about}: {why}."
    after = f" sau {milliseconds(lookup.rtt_seconds)}" if lookup.rtt_seconds is not None else ""
    by_tcp = ", trả lời dài nên phải hỏi lại qua TCP" if lookup.used_tcp else ""
    if not lookup.addresses:
        return f"{name} không có địa chỉ {kind}, theo {resolver}{after}{by_tcp}."
    addresses = ", ".join(lookup.addresses)
    return f"{name} có địa chỉ {kind} {addresses}, theo {resolver}{after}{by_tcp}."
