"""Which alerts there are, by subject, in the order in which a duty officer looks for them."""

from collections.abc import Mapping
from typing import Final

from collector.verdict.spans import SpanKind

PATH: Final = "/runbook"
SUBJECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "Mất liên lạc": (
        "GovnetEvent",
        "GovnetSiteSilent",
        "GovnetCentreSuspected",
        "GovnetSiteDegraded",
        "GovnetLinkDown",
        "GovnetUpsOnBattery",
    ),
    "Cuộc họp": ("GovnetConferencePointsNotReady", "GovnetConferencePointUnreachable"),
    "Máy tính, dịch vụ": (
        "GovnetServiceDown",
        "GovnetMachineDown",
        "GovnetCertificateExpiring",
        "GovnetDiskFull",
        "GovnetClockWrong",
        "GovnetSpoolDropping",
    ),
    "Cáp quang": (
        "GovnetOpticsDrop",
        "GovnetOpticsReceiveLow",
        "GovnetOpticsReceiveHigh",
        "GovnetOpticsTransmitLow",
    ),
    "Trung tâm giám sát": (
        "GovnetCollectorDown",
        "GovnetVerdictsStale",
        "GovnetInboxFailing",
        "GovnetSitesNotJudged",
        "GovnetCollectorDiskLow",
        "GovnetCollectorClockUnsynchronised",
        "GovnetCollectorCertificateExpiring",
        "GovnetInventoryRefused",
        "GovnetBackupOld",
        "GovnetRetentionFailing",
        "GovnetLogMessagesLost",
        "GovnetHistoryBehind",
    ),
    "Tác tử": ("GovnetReportsRejected", "GovnetAgentCloned"),
    "Chuỗi cảnh báo": ("GovnetWatchdog", "GovnetAlertTest", "GovnetDigest"),
}
_OF_KIND: Final[Mapping[SpanKind, str]] = {
    SpanKind.SITE: "GovnetSiteSilent",
    SpanKind.LINK: "GovnetLinkDown",
    SpanKind.POINT: "GovnetConferencePointUnreachable",
    SpanKind.SERVICE: "GovnetServiceDown",
    SpanKind.MACHINE: "GovnetMachineDown",
}
_OF_STATUS: Final[Mapping[str, str]] = {
    "down": "GovnetSiteSilent",
    "degraded": "GovnetSiteDegraded",
}


def href(alert: str) -> str:
    """Return the path of an alert's page; it is the annotation `runbook_url` too."""
    return f"{PATH}/{alert}"


def href_of_kind(kind: SpanKind) -> str:
    """Return the path of the page about an outage of that kind of item, empty if none is."""
    return href(_OF_KIND[kind]) if kind in _OF_KIND else ""


def href_of_status(status: str | None) -> str:
    """Return the path of the page about a site of that status, empty if nothing is to be done."""
    alert = _OF_STATUS.get(status or "")
    return href(alert) if alert is not None else ""
