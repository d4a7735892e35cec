"""Probes by hand of a path: every sentence that a technician may have to read aloud."""

import argparse
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from agent.byhand import icmp, mtu, stamp, tcp
from agent.byhand.contract import Answer
from agent.byhand.wording import WHY, milliseconds, percent
from agent.probe.echo import EchoTrain, Method
from agent.probe.mtu import Mtu
from agent.probe.outcome import Outcome
from agent.probe.stamp import StampReply, StampTrain
from agent.probe.tcp import TcpConnect
from agent.probe.trace import silent
from govnet.errors import CheckError


def answer(module: ModuleType, arguments: str, found: object, timeout: float = 10.0) -> Answer:
    """Ask as from the command line, with a probe that finds that."""
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    asked: list[dict[str, Any]] = []

    def probe(*_args: object, **named: Any) -> object:
        asked.append(named)
        return found

    name = {icmp: "ping", tcp: "connect", stamp: "measure", mtu: "find"}[module]
    given: Answer = module.ask(
        parser.parse_args(arguments.split()), timeout, silent, **{name: probe}
    )
    assert 0 < asked[0]["timeout_seconds"] <= timeout
    return given


def echoes(*rtts: float | None) -> EchoTrain:
    received = sum(rtt is not None for rtt in rtts)
    return EchoTrain(len(rtts), received, rtts, Method.RAW, "")


def test_icmp_whole():
    assert answer(icmp, "198.18.7.1", echoes(0.010, 0.012, 0.011, 0.011)) == Answer(
        good=True,
        lines=(
            "198.18.7.1 trả lời 4 trên 4 gói, không mất gói nào.",
            "Thời gian khứ hồi trung bình 11 ms.",
            "Dao động trung bình 1 ms, lúc xấu 2 ms.",
        ),
    )


def test_icmp_with_loss():
    assert answer(icmp, "198.18.7.1", echoes(0.0123, None, None)) == Answer(
        good=True,
        lines=(
            "198.18.7.1 trả lời 1 trên 3 gói, mất 66,7 %.",
            "Thời gian khứ hồi trung bình 12,3 ms.",
        ),
    )


def test_icmp_dead():
    assert answer(icmp, "198.18.7.1", echoes(None, None)) == Answer(
        good=False,
        lines=(
            "198.18.7.1 không trả lời gói nào trong 2 gói.",
            (
                "Máy tắt, đường đứt, hoặc nơi đó chặn ICMP: thử thêm"
                " govnet-agent probe tcp 198.18.7.1 443."
            ),
        ),
    )


def test_icmp_without_a_way_says_what_the_system_said():
    dead = EchoTrain(1, 0, (None,), Method.RAW, "Network is unreachable")
    assert answer(icmp, "198.18.7.1", dead).lines[0] == (
        "198.18.7.1 không trả lời gói nào trong 1 gói (Network is unreachable)."
    )


def test_icmp_that_does_not_fit_is_refused():
    with pytest.raises(CheckError, match="không vừa 10 giây"):
        answer(icmp, "198.18.7.1 --count 100 --spacing 1", echoes())


def test_tcp_open():
    open_ = TcpConnect(Outcome.ANSWERED, "198.18.7.1", 443, 0.0042, "")
    assert answer(tcp, "198.18.7.1 443", open_) == Answer(
        good=True, lines=("198.18.7.1 cổng 443 mở: kết nối trong 4,2 ms.",)
    )
    assert answer(tcp, "codec.xa.example 443", open_).lines == (
        "codec.xa.example (198.18.7.1) cổng 443 mở: kết nối trong 4,2 ms.",
    )


@pytest.mark.parametrize(
    ("outcome", "lines"),
    [
        (
            Outcome.REFUSED,
            (
                (
                    "h cổng 9 không kết nối được: Máy có đó nhưng không có dịch vụ nào nghe ở cổng"
                    " này."
                ),
                "Đường mạng tới máy này tốt; xem dịch vụ trên máy đó, hoặc số cổng.",
            ),
        ),
        (
            Outcome.TIMEOUT,
            (
                "h cổng 9 không kết nối được: Không có trả lời nào về kịp.",
                "Máy tắt, đường đứt, hoặc tường lửa bỏ gói: thử thêm govnet-agent probe icmp h.",
            ),
        ),
        (Outcome.UNREACHABLE, ("h cổng 9 không kết nối được: Không có đường mạng tới đó.",)),
    ],
)
def test_tcp_closed(outcome: Outcome, lines: tuple[str, ...]):
    found = TcpConnect(outcome, "h", 9, None, "why")
    assert answer(tcp, "h 9", found) == Answer(good=False, lines=lines)


def train(
    *pairs: tuple[int, int],
    sent: int = 4,
    there: Callable[[int], float] = lambda _i: 0.01,
    **marks: int,
) -> StampTrain:
    replies = tuple(
        StampReply(
            index=index,
            reflector_sequence=number,
            sent=index * 0.02,
            received=index * 0.02 + there(index),
            returned=index * 0.02 + there(index),
            arrived=index * 0.02 + there(index) + 0.01,
            dscp_there=marks.get("dscp_there"),
            dscp_back=marks.get("dscp_back"),
        )
        for index, number in pairs
    )
    return StampTrain(Outcome.ANSWERED, sent, 1000, replies, "")


WHOLE = tuple((index, index) for index in range(4))


def test_stamp_good():
    assert answer(stamp, "198.19.0.9", train(*WHOLE)) == Answer(
        good=True,
        lines=(
            "Đường tới 198.19.0.9 tốt cho họp trực tuyến: điểm thoại 4,4 trên 4,5 (g711).",
            "Không mất gói nào trong 4 gói.",
            "Thời gian khứ hồi trung bình 20 ms.",
            "Dao động: chiều đi 0 ms, chiều về 0 ms.",
        ),
    )


def test_stamp_with_loss_in_one_direction_is_poor():
    found = answer(stamp, "h", train((0, 0), (1, 1), (3, 2)))
    assert not found.good
    assert found.lines[0].startswith("Đường tới h kém cho họp trực tuyến: điểm thoại ")
    assert found.lines[1] == "Mất 25 % trong 4 gói: chiều đi mất 25 %, chiều về mất 0 %."


def test_stamp_with_loss_of_unknown_direction():
    found = answer(stamp, "h", train((0, 1000), (1, 1001), (3, 1003)))
    assert found.lines[1] == "Mất 25 % trong 4 gói; không biết mất ở chiều nào."


def test_stamp_with_jitter_is_fair_and_still_good_enough():
    found = answer(stamp, "h --codec g729", train(*WHOLE, there=lambda i: 0.01 + 0.04 * (i % 2)))
    assert found.good
    assert found.lines[0].startswith("Đường tới h tạm được cho họp trực tuyến")
    assert found.lines[0].endswith("(g729).")
    assert "Dao động: chiều đi 40 ms, chiều về 0 ms." in found.lines


def test_stamp_tells_doubled_and_late_packets():
    found = answer(stamp, "h", train((0, 0), (0, 0), (2, 2), (1, 1), (3, 3)))
    assert found.lines[-1] == "1 gói bị lặp, 1 gói sai thứ tự."


@pytest.mark.parametrize(
    ("there", "line"),
    [
        (46, "Nhãn DSCP 46 được giữ trên cả hai chiều."),
        (0, "Nhãn DSCP 46 bị đổi trên đường: báo nhà mạng."),
    ],
)
def test_stamp_tells_what_became_of_marks(there: int, line: str):
    found = answer(stamp, "h --dscp 46", train(*WHOLE, dscp_there=there, dscp_back=46))
    assert found.lines[-1] == line


def test_stamp_with_one_reply_gives_no_grade():
    found = answer(stamp, "h", train((0, 0)))
    assert not found.good
    assert found.lines[0] == "Mất 75 % trong 4 gói: chiều đi mất 0 %, chiều về mất 0 %."


def test_stamp_dead():
    found = answer(stamp, "h --port 8620", StampTrain(Outcome.TIMEOUT, 50, 1000, (), "no reply"))
    assert found == Answer(
        good=False,
        lines=(
            "Bộ phản xạ h cổng UDP 8620 không trả lời: Không có trả lời nào về kịp.",
            (
                "Bộ phản xạ chỉ trả lời các mạng được khai báo: hỏi trung tâm xem mạng của máy này"
                " đã có chưa, và tường lửa có cho cổng này qua không."
            ),
        ),
    )


def test_stamp_refused():
    found = answer(stamp, "h", StampTrain(Outcome.REFUSED, 3, 1000, (), "nothing listens"))
    assert found.lines[1] == (
        "Bộ phản xạ ở trung tâm chưa chạy hoặc nghe ở cổng khác: báo trung tâm."
    )


def test_mtu_whole():
    assert answer(mtu, "h", Mtu(Outcome.ANSWERED, 1500, "")) == Answer(
        good=True,
        lines=(
            "Gói IP lớn nhất qua được tới h và về là 1500 byte.",
            "Đường này cho gói Ethernet đầy đủ đi qua.",
        ),
    )


def test_mtu_narrow():
    assert answer(mtu, "h --port 862", Mtu(Outcome.ANSWERED, 1400, "")) == Answer(
        good=True,
        lines=(
            "Gói IP lớn nhất qua được tới h và về là 1400 byte.",
            (
                "Nhỏ hơn 1500 byte: đường đi qua đường hầm hoặc PPPoE. Trang nặng hay hình họp bị"
                " treo thì báo nhà mạng con số này."
            ),
        ),
    )


def test_mtu_dead():
    dead = Mtu(Outcome.TIMEOUT, None, "not even 576 bytes come back")
    assert answer(mtu, "h", dead) == Answer(
        good=False,
        lines=("Không đo được MTU tới h: Không có trả lời nào về kịp.",),
    )


def test_every_outcome_but_an_answer_has_its_words():
    assert set(WHY) == set(Outcome) - {Outcome.ANSWERED}


def test_figures_are_written_the_vietnamese_way():
    assert [percent(each) for each in (0, 0.0001, 0.025, 0.1, 0.9999, 1)] == [
        "0 %",
        "dưới 0,1 %",
        "2,5 %",
        "10 %",
        "trên 99,9 %",
        "100 %",
    ]
    assert [milliseconds(each) for each in (0.0, 0.00004, 0.0123, 1.5)] == [
        "0 ms",
        "0 ms",
        "12,3 ms",
        "1500 ms",
    ]
