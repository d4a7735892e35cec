"""A small judged province."""

from collections.abc import Callable

import pytest

from collector.wire import Received
from inventory.model import Inventory
from tests.judged_province import Judged


@pytest.fixture
def province(small_province: Inventory, received: Callable[..., Received]) -> Judged:
    """Return the small province; b, c, d are offices with a router that the centre asks."""
    return Judged(small_province, received)


@pytest.fixture
def alive(province: Judged) -> Judged:
    """Return the province after three minutes in which a, b, c and d were heard and answered."""
    machines = [f"xa-{letter}/pc-1" for letter in "abcd"]
    province.minutes(3, *machines, a=True, b=True, c=True, d=True)
    return province
