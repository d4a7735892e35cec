"""Ports follow the settings: opened by a check's run, closed when nobody orders it any more."""

import pytest

from agent.checks.reflector import reflect
from agent.listening import permission
from agent.listening.ports import PORTS, Ports
from govnet.errors import CheckError


class Door:
    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


def test_a_listener_stays_open_from_run_to_run():
    ports = Ports()
    first = ports.hold("trap", 162, Door, Door)
    assert ports.hold("trap", 162, Door, Door) is first
    assert not first.closed


def test_other_settings_open_another_and_close_the_first():
    ports = Ports()
    first = ports.hold("trap", 162, Door, Door)
    second = ports.hold("trap", 1620, Door, Door)
    assert (first.closed, second.closed) == (True, False)


def test_a_check_that_vanished_from_the_settings_has_its_port_closed():
    ports = Ports()
    trap, reflector = ports.hold("trap", 162, Door, Door), ports.hold("reflector", 862, Door, Door)
    ports.follow(["trap", "link"])
    assert (trap.closed, reflector.closed) == (False, True)


def test_a_run_that_outlives_its_settings_opens_nothing():
    ports = Ports()
    ports.follow(["link"])
    with pytest.raises(CheckError, match="no longer ordered"):
        ports.hold("reflector", 862, Door, Door)
    ports.follow(["reflector"])
    assert not ports.hold("reflector", 862, Door, Door).closed


def test_a_listener_that_could_not_start_is_tried_again():
    ports = Ports()

    def busy() -> Door:
        raise CheckError("in use")

    for _ in range(2):
        with pytest.raises(CheckError, match="in use"):
            ports.hold("reflector", 862, busy, Door)
    assert not ports.hold("reflector", 862, Door, Door).closed


def test_a_listener_that_was_dropped_is_opened_again():
    ports = Ports()
    first = ports.hold("reflector", 862, Door, Door)
    ports.drop("reflector")
    ports.drop("reflector")
    assert first.closed
    assert ports.hold("reflector", 862, Door, Door) is not first


def test_the_reflector_listens_only_where_the_agents_file_allows_it():
    with pytest.raises(CheckError, match="may open no port"):
        reflect(0, ("127.0.0.0/8",))
    permission.allow("127.0.0.1")
    try:
        PORTS.follow(["reflector"])
        assert reflect(0, ("127.0.0.0/8",)).answered == 0
        PORTS.follow([])
        with pytest.raises(CheckError, match="no longer ordered"):
            reflect(0, ("127.0.0.0/8",))
    finally:
        permission.allow(None)
        PORTS.follow([])
