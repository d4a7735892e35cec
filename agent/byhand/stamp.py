"""`govnet-agent probe stamp`: how good the path to a reflector is, there and back."""

import argparse
from collections.abc import Callable, Iterator

from agent.byhand import ranges
from agent.byhand.contract import Answer
from agent.byhand.wording import WHY, milliseconds, number, percent
from agent.checks.grade import CODECS, Light, grade_of, mos
from agent.probe import stamp
from agent.probe.outcome import Outcome
from agent.probe.stamp.figures import PathFigures, dscp_kept, figures
from agent.probe.trace import Trace
from agent.probe.udp import header as udp_header

_PACKETS, _SPACING_SECONDS = 50, 0.02
_HINTS = {
    Outcome.TIMEOUT: (
        (
            "Bộ phản xạ chỉ trả lời các mạng được khai báo: hỏi trung tâm xem mạng của máy này đã"
            " có chưa, và tường lửa có cho cổng này qua không."
        ),
    ),
    Outcome.REFUSED: ("Bộ phản xạ ở trung tâm chưa chạy hoặc nghe ở cổng khác: báo trung tâm.",),
}
_LIGHTS = {Light.GOOD: "tốt", Light.FAIR: "tạm được", Light.POOR: "kém"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add whom to ask and with what packets."""
    parser.add_argument("host", help="name or address of the reflector")
    parser.add_argument(
        "--port", type=ranges.port, default=stamp.PORT, help=f"UDP port (default: {stamp.PORT})"
    )
    ranges.add_train(parser, "packets", number=_PACKETS, spacing_seconds=_SPACING_SECONDS)
    parser.add_argument(
        "--dscp",
        type=ranges.dscp,
        default=0,
        help="mark of the packets, 0 to 63; 46 is that of voice (default: 0)",
    )
    parser.add_argument(
        "--codec", choices=sorted(CODECS), default="g711", help="what is graded (default: g711)"
    )


def ask(
    arguments: argparse.Namespace,
    timeout_seconds: float,
    trace: Trace,
    *,
    measure: Callable[..., stamp.StampTrain] = stamp.measure,
) -> Answer:
    """Send one train; good unless a conference would be poor. Raises CheckError if it could not."""
    host, port = arguments.host, arguments.port
    train = measure(
        host,
        port,
        packets=arguments.count,
        spacing_seconds=arguments.spacing,
        timeout_seconds=timeout_seconds,
        dscp=arguments.dscp,
        trace=trace,
    )
    if not train.replies:
        return Answer(
            good=False,
            lines=(
                f"Bộ phản xạ {host} cổng UDP {port} không trả lời: {WHY[train.outcome]}.",
                *_HINTS.get(train.outcome, ()),
            ),
        )
    found = figures(train)
    grade = grade_of(found)
    lines = list(_told(found, train))
    if grade is not None:
        score = mos(
            arguments.codec,
            rtt_seconds=grade.rtt_seconds,
            jitter_seconds=grade.jitter_seconds,
            loss_ratio=grade.loss_ratio,
        )
        lines.insert(
            0,
            f"Đường tới {host} {_LIGHTS[grade.light]} cho họp trực tuyến:"
            f" điểm thoại {number(score)} trên 4,5 ({arguments.codec}).",
        )
    if arguments.dscp and udp_header.CAN_MARK:
        kept = dscp_kept(train, arguments.dscp)
        if kept is not None:
            lines.append(
                f"Nhãn DSCP {arguments.dscp} được giữ trên cả hai chiều."
                if kept
                else f"Nhãn DSCP {arguments.dscp} bị đổi trên đường: báo nhà mạng."
            )
    return Answer(good=grade is not None and grade.light is not Light.POOR, lines=tuple(lines))


def _told(found: PathFigures, train: stamp.StampTrain) -> Iterator[str]:
    if found.loss_ratio:
        loss = found.direction_loss
        yield f"Mất {percent(found.loss_ratio)} trong {train.sent} gói" + (
            "; không biết mất ở chiều nào."
            if loss is None
            else f": chiều đi mất {percent(loss.forward)}, chiều về mất {percent(loss.backward)}."
        )
    else:
        yield f"Không mất gói nào trong {train.sent} gói."
    if found.rtt_seconds is not None:
        yield f"Thời gian khứ hồi trung bình {milliseconds(found.rtt_seconds)}."
    there, back = found.forward.mean_seconds, found.backward.mean_seconds
    if there is not None and back is not None:
        yield f"Dao động: chiều đi {milliseconds(there)}, chiều về {milliseconds(back)}."
    if found.duplicates or found.reordered:
        yield f"{found.duplicates} gói bị lặp, {found.reordered} gói sai thứ tự."
