"""Why a device tells us nothing by SNMP, as errors say it; who speaks to people has other words."""

from enum import StrEnum


class Refusal(StrEnum):
    """What a device said of who asked (RFC 3414 §5), or what its silence may mean."""

    LEVEL = (
        "the device does not offer this security level (authentication, encryption) to this user"
    )
    USER = "the device does not know this user"
    AUTHENTICATION_KEY = "the device refuses the authentication key or its algorithm"
    PRIVACY_KEY = "the device refuses the privacy key or its algorithm"
    INTRODUCED = (
        "it has told who it is and says nothing more: perhaps a wrong privacy key or context"
    )
    AWAY = "away, not to be asked from here, or by another community, user or version"
