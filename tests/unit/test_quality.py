"""Quality of lines now, read from the exposed measurements."""

from collections.abc import Callable

from collector.series.quality import KEPT_SECONDS, Kept, Quality, qualities
from collector.series.state import State
from collector.wire import Received

AT = 1_790_000_000.0
LINK = "xa-a/tslcd"


def test_a_path_with_a_reflector_goes_before_plain_probes(
    state: State, received: Callable[..., Received]
):
    both, way = {"direction": "both"}, {"direction": "forward"}
    state.apply(
        received(
            "xa-a/pc-1",
            AT,
            {
                ("link", LINK): [
                    ("govnet_link_rtt_seconds", 0.5, {"end": "far"}),
                    ("govnet_link_loss_ratio", 0.25, {"end": "gateway"}),
                ],
                ("path", LINK): [
                    ("govnet_path_rtt_seconds", 0.012),
                    ("govnet_path_loss_ratio", 0.5, way),
                    ("govnet_path_loss_ratio", 0.01, both),
                    ("govnet_path_jitter_mean_seconds", 0.002, both),
                    ("govnet_path_grade_code", 1.0),
                ],
            },
        )
    )

    assert qualities(state) == {
        LINK: Quality(rtt_seconds=0.012, loss_ratio=0.01, jitter_seconds=0.002, grade=1, at=AT)
    }


def test_without_a_reflector_probes_to_the_far_end_tell_and_the_own_gateway_does_not(
    state: State, received: Callable[..., Received]
):
    samples = [
        ("govnet_link_rtt_seconds", 0.001, {"end": "gateway"}),
        ("govnet_link_rtt_seconds", 0.02, {"end": "far"}),
    ]
    state.apply(received("xa-a/pc-1", AT, {("link", LINK): samples}))
    centre = [("govnet_link_rtt_seconds", 0.03, {"end": "site"})]
    state.apply(received("trung-tam/giam-sat", AT + 5, {("link", LINK): centre}))

    assert qualities(state)[LINK].rtt_seconds == 0.02
    assert qualities(state)[LINK].grade is None


def test_what_is_no_longer_fresh_has_no_quality(state: State, received: Callable[..., Received]):
    samples = [("govnet_link_rtt_seconds", 0.02, {"end": "far"})]
    state.apply(received("xa-a/pc-1", AT, {("link", LINK): samples}))

    state.expire(AT + 3600.0)

    assert qualities(state) == {}


def test_what_was_read_stands_for_seconds_only(state: State, received: Callable[..., Received]):
    kept = Kept()

    def hear(seconds: float, rtt: float) -> None:
        samples = [("govnet_link_rtt_seconds", rtt, {"end": "far"})]
        report = received(
            "xa-a/pc-1", AT + seconds, {("link", LINK): samples}, seq=int(seconds) + 1
        )
        state.apply(report)

    hear(0.0, 0.02)
    assert kept.qualities(state, AT)[LINK].rtt_seconds == 0.02
    hear(1.0, 0.03)
    assert kept.qualities(state, AT + KEPT_SECONDS - 1)[LINK].rtt_seconds == 0.02
    assert kept.qualities(state, AT + KEPT_SECONDS)[LINK].rtt_seconds == 0.03
