"""What the metrics say of outages."""

from collector.metrics.outages import RECENT_SECONDS, outage_rows
from collector.verdict.outages.records import Case, Handling, Outage, Phase
from collector.verdict.spans import SpanKind
from govnet.catalogue import CATALOGUE, CAUSES

NOW = 1_790_000_000.0


def case(number: int, end: float | None, cause: str = "link", **more: object) -> Case:
    phases = (Phase(NOW - 7200, end, cause),)
    outage = Outage(number, "xa-a", "xa-a", SpanKind.SITE, NOW - 7200, end, 1, phases)
    return Case(outage, **more)  # type: ignore[arg-type]


def test_the_present_belief_about_every_recent_outage_is_exposed():
    rows = outage_rows(
        [
            case(1, NOW - 60, is_corrected=True),
            case(2, None, "undetermined", handling=Handling(cause="power")),
        ],
        NOW,
    )

    assert rows["govnet_outage_info"] == {
        ("1", "xa-a", "xa-a", "site", "link", "", "1"): 1.0,
        ("2", "xa-a", "xa-a", "site", "undetermined", "power", "0"): 1.0,
    }
    assert rows["govnet_outage_start_timestamp_seconds"] == {
        ("1", "xa-a", "xa-a"): NOW - 7200,
        ("2", "xa-a", "xa-a"): NOW - 7200,
    }
    assert rows["govnet_outage_end_timestamp_seconds"] == {("1", "xa-a", "xa-a"): NOW - 60}
    assert {key for key, value in rows["govnet_outages_open"].items() if value} == {
        ("site", "power")
    }


def test_what_was_none_or_is_long_over_is_not_exposed():
    rows = outage_rows([case(1, None, is_withdrawn=True), case(2, NOW - RECENT_SECONDS - 1)], NOW)

    assert not rows["govnet_outage_info"]
    assert rows["govnet_outages_open"] == {("site", cause): 0.0 for cause in CAUSES}


def test_rows_have_the_labels_of_the_catalogue():
    for name, rows in outage_rows([case(1, NOW - 60), case(2, None)], NOW).items():
        assert rows
        assert all(len(key) == len(CATALOGUE[name].labels) for key in rows)
