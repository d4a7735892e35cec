"""A collector that may have thousands of connections may open as many files."""

import resource
from collections.abc import Iterator

import pytest

from collector import open_files


@pytest.fixture
def few() -> Iterator[int]:
    """Lower the limit of this process below what it is allowed; return what it is allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(512, hard), hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _soft() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def test_the_limit_is_raised_to_what_is_needed_and_never_lowered(few: int):
    open_files.allow(600)
    assert _soft() == min(700, few)
    open_files.allow(10)
    assert _soft() == min(700, few)


def test_what_the_system_does_not_allow_is_told(few: int, caplog: pytest.LogCaptureFixture):
    if few == resource.RLIM_INFINITY:
        pytest.skip("this system has no hard limit")
    open_files.allow(few)

    assert _soft() == few
    assert "LimitNOFILE" in caplog.text
