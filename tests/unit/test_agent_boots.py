"""When boots began by the collector's clock: learnt from answers, and kept."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from agent.sending.boots import FILE_NAME, MOST_BOOTS, Boots, boot_of, keep_boots, read_boots
from govnet.report import Boot, Report, Result, encode_report

NOW = 1_790_000_000.0


def test_the_shortest_round_trip_knows_best():
    boots = Boots()

    assert boots.learn("b", 100.0, 2.0, NOW)
    assert boots.learn("b", 160.0, 0.1, NOW + 60.2)
    assert not boots.learn("b", 220.0, 1.0, NOW + 120.5)

    assert boots.all() == (Boot("b", NOW + 60.2 - 160.05),)


def test_a_clock_that_has_drifted_by_more_than_the_exchanges_explain_is_learnt_anew():
    boots = Boots()
    boots.learn("b", 100.0, 0.1, NOW)

    assert not boots.learn("b", 10_100.0, 0.2, NOW + 10_000 + 1.0)
    assert boots.learn("b", 90_100.0, 0.2, NOW + 90_000 + 2.0)


@given(
    started_at=st.floats(NOW - 1e6, NOW),
    exchanges=st.lists(
        st.tuples(st.floats(0, 1e5), st.floats(0.001, 20), st.floats(0, 1)), min_size=1
    ),
)
def test_what_was_learnt_is_off_by_at_most_half_of_the_shortest_round_trip(
    started_at: float, exchanges: list[tuple[float, float, float]]
):
    """However a round trip was divided between the way there and the way back."""
    boots = Boots()
    for sent_monotonic, round_trip, part in exchanges:
        arrived_at = started_at + sent_monotonic + part * round_trip
        boots.learn("b", sent_monotonic, round_trip, arrived_at)

    (boot,) = boots.all()
    shortest = min(round_trip for _, round_trip, _ in exchanges)
    assert abs(boot.started_at - started_at) <= shortest / 2 + 1e-3


def test_the_newest_boots_are_kept_over_a_restart(tmp_path: Path):
    boots = Boots()
    for number in range(MOST_BOOTS + 4):
        boots.learn(f"boot-{number}", 10.0, 0.5, NOW + number)
    keep_boots(tmp_path, boots)

    again = read_boots(tmp_path)

    assert [boot.boot_id for boot in again.all()] == [f"boot-{n}" for n in range(4, 20)]
    assert again.all()[-1] == Boot("boot-19", NOW + 19 - 10.25)


def test_a_file_that_cannot_be_believed_teaches_nothing(tmp_path: Path):
    for content in (b"", b"[]", b'{"boots": [{"boot_id": "b", "started_at": NaN}]}', b"\0" * 99):
        (tmp_path / FILE_NAME).write_bytes(content)

        assert read_boots(tmp_path).all() == ()


def test_a_report_is_known_by_its_own_boot_whatever_its_checks_say():
    result = Result("machine", "s/m", 0.1, 0.0, '"boot_id":"forged"', ())
    encoded = encode_report(Report(1, NOW, 1.0, "boot-7", 60.0, '"boot_id":"x"', (result,)))

    assert boot_of(encoded) == "boot-7"
    assert boot_of(b"{}") == ""


def test_only_boots_that_the_reports_need_and_not_the_present_one_are_named():
    boots = Boots()
    for boot_id in ("a", "b", "c"):
        boots.learn(boot_id, 0.0, 0.1, NOW)
    reports = [encode_report(Report(1, NOW, 1.0, boot, 60.0, "", ())) for boot in ("a", "c", "?")]

    assert [boot.boot_id for boot in boots.of(reports, present="c")] == ["a"]


def test_the_clocks_offset_is_told_by_the_best_exchange_not_by_a_slow_one():
    boots = Boots()
    boots.learn("b", 100.0, 0.02, NOW)
    boots.learn("b", 160.0, 8.0, NOW + 60.0)

    offset = boots.offset_seconds("b", NOW + 30.0 + 60.0, 160.0)

    assert offset is not None
    assert abs(offset - 30.0) < 0.02
    assert boots.offset_seconds("another", NOW, 1.0) is None
