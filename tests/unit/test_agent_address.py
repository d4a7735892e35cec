"""How a collector's address is read, written and refused."""

import pytest

from agent.transport.address import parse_collector


@pytest.mark.parametrize(
    "text",
    ["ftp://127.0.0.1", "https://", "https://u:p@198.18.0.1", "https://198.18.0.1/?a=1", "[", ""],
)
def test_what_is_not_a_collectors_address_is_refused(text: str):
    with pytest.raises(ValueError, match="expected"):
        parse_collector(text)


def test_an_address_with_ipv6_is_written_with_brackets():
    assert str(parse_collector("https://[2001:db8::1]")) == "https://[2001:db8::1]:443"


def test_a_password_in_an_address_is_not_repeated():
    with pytest.raises(ValueError, match="without user") as raised:
        parse_collector("https://u:geheim@198.18.0.1")

    assert "geheim" not in str(raised.value)
