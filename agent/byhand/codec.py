"""`govnet-agent probe codec`: what a conference endpoint says of itself and of its call."""

import argparse
from collections.abc import Callable, Iterable

from agent.byhand import certificates, ranges, secret_file
from agent.byhand.contract import Answer
from agent.byhand.wording import WHY, milliseconds, percent
from agent.checks.contract import Context
from agent.checks.device_asking import Unheard
from agent.checks.point_samples import of_description, of_facts
from agent.checks.point_snmp import PointAsker
from agent.clock import SystemClock
from agent.probe import poly_rest, snmp, xapi
from agent.probe.outcome import Outcome
from agent.probe.point import LoginFate, PointAnswer
from agent.probe.trace import Trace
from govnet.errors import ConfigError
from govnet.report import Sample
from govnet.settings import Login, Secret, SnmpAccess

_PORT = 443
_DIRECTIONS = {"receive": "nhận về", "transmit": "gửi đi", "both": "cả hai chiều"}
_PROTOCOLS = {"sip": "SIP", "h323": "H.323"}
_COMPONENTS = {"microphone": "Micro", "camera": "Camera"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add whom to ask, how, and with what."""
    parser.add_argument("host", help="name or address")
    parser.add_argument(
        "interface",
        choices=("cisco", "poly", "snmp"),
        help="Cisco's xAPI, Poly's REST interface, or SNMP version 2c",
    )
    parser.add_argument("--port", type=ranges.port, help=f"port (default: {_PORT}, with snmp 161)")
    parser.add_argument("--user", metavar="NAME", help="read-only account (default: none)")
    parser.add_argument(
        "--password-file", metavar="FILE", help="its password, - for standard input"
    )
    parser.add_argument(
        "--untrusted",
        action="store_true",
        help="send the account though the certificate is not trusted: somebody in between reads it",
    )
    parser.add_argument(
        "--community-file",
        metavar="FILE",
        help='community of SNMP, - for standard input (default: "public")',
    )


def ask(
    arguments: argparse.Namespace,
    timeout_seconds: float,
    trace: Trace,
    *,
    cisco: Callable[..., PointAnswer] = xapi.status,
    poly: Callable[..., PointAnswer] = poly_rest.status,
    snmp_get: Callable[..., snmp.Scalars] = snmp.get,
    snmp_walk: Callable[..., snmp.Columns] = snmp.walk,
) -> Answer:
    """Ask once; good if it answers and takes the account. Raises CheckError if it could not ask.

    Raises ConfigError for a user without a password and a file that cannot be read.
    """
    if arguments.interface == "snmp":
        return _by_snmp(arguments, timeout_seconds, trace, snmp_get, snmp_walk)
    login = None
    if arguments.user is not None:
        if arguments.password_file is None:
            # An empty password would be refused, and count towards locking the account.
            raise ConfigError(["--password-file: expected the password of --user, got none"])
        password = secret_file.read("--password-file", arguments.password_file)
        login = Login(user=arguments.user, password=password)
    answer = {"cisco": cisco, "poly": poly}[arguments.interface](
        arguments.host,
        arguments.port or _PORT,
        login=login,
        verify_certificate=not arguments.untrusted,
        timeout_seconds=timeout_seconds,
        trace=trace,
    )
    return _of_interface(arguments.host, answer)


def _of_interface(host: str, answer: PointAnswer) -> Answer:
    lines: list[str] = []
    if answer.outcome is not Outcome.ANSWERED or answer.rtt_seconds is None:
        lines.append(f"{host} không trả lời: {WHY[answer.outcome]}.")
    else:
        lines.append(f"{host} có trả lời, sau {milliseconds(answer.rtt_seconds)}.")
        if answer.login is LoginFate.REFUSED:
            lines.append("Thiết bị không nhận tài khoản này, hoặc tài khoản không đủ quyền đọc.")
        elif answer.login is LoginFate.HELD_BACK:
            lines.append(
                "Tài khoản chưa được gửi, vì chứng thư không được tin cậy; --untrusted thì gửi."
            )
        elif answer.login is LoginFate.NONE:
            lines.append("Muốn biết thêm thì cần tài khoản chỉ đọc: --user và --password-file.")
    if answer.facts is not None:
        lines += _sentences(of_facts(answer.facts))
    if answer.handshake is not None:
        lines.append(certificates.sentence(answer.handshake))
    good = answer.outcome is Outcome.ANSWERED and answer.login in (
        LoginFate.ACCEPTED,
        LoginFate.NONE,
    )
    return Answer(good=good, lines=tuple(lines))


def _by_snmp(
    arguments: argparse.Namespace,
    timeout_seconds: float,
    trace: Trace,
    snmp_get: Callable[..., snmp.Scalars],
    snmp_walk: Callable[..., snmp.Columns],
) -> Answer:
    file, host = arguments.community_file, arguments.host
    community = secret_file.read("--community-file", file) if file else Secret("public")
    access = SnmpAccess(community=community, port=arguments.port or SnmpAccess().port)
    clock = SystemClock()
    context = Context(
        timeout_seconds=timeout_seconds,
        deadline=clock.monotonic() + timeout_seconds,
        clock=clock,
        trace=trace,
    )
    heard = PointAsker(get=snmp_get, walk=snmp_walk).ask(host, host, access, context)
    if isinstance(heard, Unheard):
        did = "từ chối" if heard.outcome is Outcome.DENIED else "không trả lời"
        return Answer(
            good=False,
            lines=(
                f"{host} {did} SNMP: {WHY[heard.outcome]}.",
                "Xem SNMP đã bật chưa, community có đúng không, thiết bị có cho máy này hỏi không.",
            ),
        )
    info = heard.learnt.info
    described = of_description(info.get("model", ""), info.get("firmware", ""))
    lines = [f"{host} có trả lời SNMP.", *_sentences([*described, *heard.samples])]
    if not heard.learnt.is_known:
        lines.append("Chưa có hồ sơ cho họ thiết bị này, nên không hỏi thêm được gì.")
    return Answer(good=True, lines=tuple(lines))


def _sentences(samples: Iterable[Sample]) -> list[str]:
    return [sentence for sample in samples if (sentence := _sentence(sample))]


def _sentence(sample: Sample) -> str:
    """Return what a sample says, in words; empty for what nobody asks on the telephone."""
    labels = sample.labels or {}
    yes = bool(sample.value)
    direction = _DIRECTIONS.get(labels.get("direction", ""), "")
    if sample.name == "govnet_point_info":
        software = f", phần mềm {labels['firmware']}" if labels["firmware"] else ""
        return f"Thiết bị tự khai là {labels['model'] or 'không rõ loại'}{software}."
    if sample.name == "govnet_point_registered":
        protocol = _PROTOCOLS.get(labels["protocol"], labels["protocol"])
        return f"{protocol}: {'đã đăng ký' if yes else 'chưa đăng ký được'}."
    if sample.name == "govnet_point_in_call":
        return "Đang trong cuộc họp." if yes else "Không trong cuộc họp."
    if sample.name == "govnet_point_call_loss_ratio":
        return f"Mất gói {direction}: {percent(sample.value)}."
    if sample.name == "govnet_point_call_jitter_seconds":
        return f"Dao động {direction}: {milliseconds(sample.value)}."
    if sample.name == "govnet_point_call_delay_seconds":
        return f"Độ trễ: {milliseconds(sample.value)}."
    if sample.name == "govnet_point_component_ok":
        component = _COMPONENTS.get(labels["component"], labels["component"])
        return f"{component}: {'hoạt động' if yes else 'hỏng hoặc chưa cắm'}."
    return ""
