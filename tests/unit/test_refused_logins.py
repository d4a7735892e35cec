"""An account that was refused rests: asked every minute, it would soon be locked."""

from collections.abc import Iterator
from typing import Any

import pytest

from agent.checks.conference import ConferenceCheck
from agent.checks.contract import Context
from agent.checks.refused_logins import AGAIN_SECONDS
from agent.checks.registrar import RegistrarCheck
from agent.probe.outcome import Outcome
from agent.probe.point import LoginFate, PointAnswer
from agent.probe.registrar import Registrations
from govnet.errors import CheckError
from govnet.settings import (
    ConferenceProtocol,
    ConferenceSettings,
    Login,
    RegistrarSettings,
    Secret,
)

LOGIN = Login(user="giam-sat", password=Secret("cũ"))
NEW = Login(user="giam-sat", password=Secret("mới"))


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def runs(check: Any, settings: Any, clock: Clock) -> str:
    """Run once; return the error, empty if there was none."""
    context = Context(timeout_seconds=10, deadline=clock.now + 10, clock=clock)
    try:
        list(check.run(settings, context))
    except CheckError as exc:
        return str(exc)
    return ""


def test_point_is_asked_without_the_account_that_it_refused(clock: Clock) -> None:
    logins: list[Login | None] = []

    def refuse(_host: str, _port: int, *, login: Login | None, **_: Any) -> PointAnswer:
        logins.append(login)
        fate = LoginFate.REFUSED if login else LoginFate.NONE
        return PointAnswer(Outcome.ANSWERED, 401, 0.01, None, fate, None, "")

    check = ConferenceCheck(cisco=refuse)

    def settings(login: Login, target: str = "xa-a/vc") -> ConferenceSettings:
        protocols = (ConferenceProtocol(name="cisco_xapi", port=443),)
        return ConferenceSettings(
            target=target, address="198.18.7.20", protocols=protocols, login=login
        )

    assert "refuses the account" in runs(check, settings(LOGIN), clock)
    clock.now += AGAIN_SECONDS - 1
    assert "it rests" in runs(check, settings(LOGIN), clock)
    assert "refuses the account" in runs(check, settings(LOGIN, "xa-b/vc"), clock)
    clock.now += 2
    assert "refuses the account" in runs(check, settings(LOGIN), clock)
    assert "refuses the account" in runs(check, settings(NEW), clock)
    assert logins == [LOGIN, None, LOGIN, LOGIN, NEW]


def test_registrar_is_left_alone_until_the_account_has_rested(clock: Clock) -> None:
    fates: Iterator[LoginFate] = iter([LoginFate.REFUSED, LoginFate.ACCEPTED])

    def registrations(*_: Any, **__: Any) -> Registrations:
        fate = next(fates)
        records = () if fate is LoginFate.ACCEPTED else None
        return Registrations(Outcome.ANSWERED, 200, fate, None, records, "")

    check = RegistrarCheck(registrations=registrations)
    settings = RegistrarSettings(target="dang-ky", address="198.18.0.5", login=LOGIN)

    assert "refuses the account" in runs(check, settings, clock)
    assert "it rests" in runs(check, settings, clock)
    clock.now += AGAIN_SECONDS
    assert runs(check, settings, clock) == ""
