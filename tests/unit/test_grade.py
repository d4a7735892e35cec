"""The conference grade of a path, against values that were worked out apart from this code."""

import pytest

from agent.checks.grade import CODECS, Light, light, mos


@pytest.mark.parametrize(
    ("rtt_ms", "jitter_ms", "loss", "expected"),
    [(40, 10, 0.01, 4.30), (150, 30, 0.03, 4.00), (300, 50, 0.05, 3.14)],
)
def test_mos_of_g711(rtt_ms: float, jitter_ms: float, loss: float, expected: float):
    found = mos("g711", rtt_seconds=rtt_ms / 1000, jitter_seconds=jitter_ms / 1000, loss_ratio=loss)
    assert round(found, 2) == expected


def test_g729_hears_worse_and_suffers_more_from_loss():
    perfect = {"rtt_seconds": 0.02, "jitter_seconds": 0.0}
    drops = {
        codec: mos(codec, loss_ratio=0.0, **perfect) - mos(codec, loss_ratio=0.03, **perfect)
        for codec in CODECS
    }
    assert mos("g729", loss_ratio=0.0, **perfect) < mos("g711", loss_ratio=0.0, **perfect)
    assert drops["g729"] > drops["g711"]


@pytest.mark.parametrize("codec", CODECS)
def test_mos_stays_between_1_and_4_5(codec: str):
    worst = mos(codec, rtt_seconds=60.0, jitter_seconds=9.0, loss_ratio=1.0)
    best = mos(codec, rtt_seconds=0.0, jitter_seconds=0.0, loss_ratio=0.0)
    assert worst == 1.0
    assert 4.0 <= best <= 4.5


GOOD = {"rtt_seconds": 0.300, "jitter_seconds": 0.030, "loss_ratio": 0.01}
FAIR = {"rtt_seconds": 0.800, "jitter_seconds": 0.050, "loss_ratio": 0.03}


def test_at_its_limits_a_path_is_still_good_and_still_fair():
    assert light(**GOOD) is Light.GOOD
    assert light(**FAIR) is Light.FAIR


@pytest.mark.parametrize("worse", sorted(GOOD))
def test_one_figure_beyond_its_limit_decides(worse: str):
    assert light(**{**GOOD, worse: GOOD[worse] * 1.01}) is Light.FAIR
    assert light(**{**FAIR, worse: FAIR[worse] * 1.01}) is Light.POOR
    assert light(**{**GOOD, worse: FAIR[worse] * 1.01}) is Light.POOR
