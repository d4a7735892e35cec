"""Fingerprints compared: what is tolerated, what is another machine."""

from hypothesis import given
from hypothesis import strategies as st

from collector.store.hardware import Match, compare, fingerprint, is_surely, parse
from govnet.enrolment import HARDWARE

FINGERPRINTS = st.dictionaries(
    st.sampled_from(HARDWARE), st.sampled_from(("00000001", "00000002", "00000003"))
)
KNOWN = {"board": "b1", "disk": "d1", "mac": "m1"}


def test_a_new_disk_is_the_same_machine():
    assert compare(KNOWN, KNOWN | {"disk": "d2"}) is Match.CHANGED


def test_two_new_components_are_another_machine():
    assert compare(KNOWN, KNOWN | {"disk": "d2", "mac": "m2"}) is Match.OTHER


def test_the_only_comparable_component_must_fit():
    assert compare({"board": "b1"}, {"board": "b2"}) is Match.OTHER
    assert compare({"board": "b1"}, {"board": "b1", "disk": "d1"}) is Match.CHANGED


def test_what_cannot_be_compared_is_accepted():
    assert compare({"board": "b1"}, {"mac": "m1"}) is Match.CHANGED
    assert compare({}, KNOWN) is Match.CHANGED
    assert compare(KNOWN, {}) is Match.SAME


@given(known=FINGERPRINTS, seen=FINGERPRINTS)
def test_the_rule_is_at_most_one_different_and_one_equal(
    known: dict[str, str], seen: dict[str, str]
):
    """Said once more, by counting over both sides."""
    both = known.keys() & seen.keys()
    different = sum(known[part] != seen[part] for part in both)
    is_same = not both or (different <= 1 and len(both) - different >= 1)

    match = compare(known, seen)

    assert (match is not Match.OTHER) == is_same
    assert (compare(seen, known) is Match.OTHER) == (match is Match.OTHER)
    if match is Match.SAME:
        assert known | seen == known
    if match is not Match.OTHER:
        assert compare(known | seen, seen) is Match.SAME


@given(known=FINGERPRINTS, seen=FINGERPRINTS)
def test_sure_needs_two_equal_and_a_third_differs_only_on_the_same_board(
    known: dict[str, str], seen: dict[str, str]
):
    both = known.keys() & seen.keys()
    equal = [part for part in both if known[part] == seen[part]]

    differs = len(equal) < len(both)
    assert is_surely(known, seen) == (len(equal) >= 2 and (not differs or "board" in equal))


@given(FINGERPRINTS)
def test_equal_fingerprints_have_one_text(hardware: dict[str, str]):
    turned = dict(reversed(list(hardware.items())))

    assert fingerprint(turned) == fingerprint(hardware)
    assert parse(fingerprint(hardware)) == hardware
