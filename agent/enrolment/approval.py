"""Waits until somebody in the centre approves this machine: `govnet-agent enrol --wait`.

It asks for the settings, which costs the collector no more than a look; the agent itself may run
beside it or not.
"""

import time
from collections.abc import Callable
from random import random

from agent.enrolment.first_contact import ContactError, RefusedError
from agent.identity.keys import Identity
from agent.onsite.advice import advice
from agent.sending.orders import OrdersError, fetch_orders
from agent.transport.channel import Channel, ChannelError
from govnet.report import REFUSALS, Duty
from govnet.settings import Settings

ASK_SECONDS = (5.0, 10.0)
"""It is asked again after so many to so many seconds: people who wait here stand close together."""


def wait_for_approval(
    channel: Channel,
    identity: Identity,
    wait_seconds: float,
    *,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    die: Callable[[], float] = random,
) -> Settings | None:
    """Return this agent's settings once it is approved; None if nobody did in that time.

    Raises RefusedError if the collector will never take it, ContactError if it could not be asked
    at the end of the time.
    """
    ends_at = monotonic() + wait_seconds
    least, most = ASK_SECONDS
    while True:
        problem: ContactError | None = None
        try:
            return fetch_orders(channel, identity).settings
        except OrdersError as exc:
            if exc.reason and REFUSALS[exc.reason].duty is not Duty.RETRY:
                raise RefusedError(exc.reason) from exc
        except ChannelError as exc:
            problem = ContactError(str(exc), f"{exc}\n{advice(exc.kind)}")
        left = ends_at - monotonic()
        if left <= 0:
            if problem is not None:
                raise problem
            return None
        sleep(min(left, least + die() * (most - least)))
