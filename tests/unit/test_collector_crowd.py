"""One address cannot take all connections from a province; many addresses may fill them."""

from collector.intake.limits import Crowd

OFFICE, STRANGER = "198.18.7.20", "198.18.66.6"


def fill(crowd: Crowd, present: list[str | None], host: str, number: int, now: float = 0.0) -> int:
    """Let `number` connections of an address come; return how many are let in."""
    taken = 0
    for _ in range(number):
        if crowd.has_room(host, len(present), lambda: present, now):
            present.append(host)
            taken += 1
    return taken


def test_while_half_is_free_everybody_may():
    assert 50 == fill(Crowd(100), [], STRANGER, 50)


def test_beyond_that_who_holds_a_tenth_gets_no_more_and_others_do():
    crowd = Crowd(100)
    present: list[str | None] = []

    assert 50 == fill(crowd, present, STRANGER, 100)
    assert 10 == fill(crowd, present, OFFICE, 20)


def test_who_leaves_makes_room_within_a_second():
    crowd = Crowd(100)
    present: list[str | None] = []
    fill(crowd, present, STRANGER, 50)
    fill(crowd, present, OFFICE, 10)
    present[:5] = []
    present.remove(OFFICE)

    assert 0 == fill(crowd, present, OFFICE, 1, now=0.5)
    assert 1 == fill(crowd, present, OFFICE, 5, now=1.5)


def test_a_customer_of_ipv6_is_one_address():
    crowd = Crowd(20)
    present: list[str | None] = [STRANGER] * 10

    assert 2 == sum(
        crowd.has_room(f"2001:db8:1:2::{last}", 10, lambda: present, 0.0) for last in range(9)
    )


def test_a_proxy_on_this_machine_stands_for_many():
    for proxy in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        assert 100 == fill(Crowd(100), [], proxy, 100)


def test_a_trusted_proxy_stands_for_many_and_its_neighbour_does_not():
    crowd = Crowd(100, ["198.18.0.5/32"])
    present: list[str | None] = []
    fill(crowd, present, OFFICE, 50)

    assert 50 == fill(crowd, present, "198.18.0.5", 50)
    assert 10 == fill(Crowd(100), [OFFICE] * 50, "198.18.0.6", 50)
