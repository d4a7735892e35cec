import re
from pathlib import Path

from govnet.report import REFUSALS, REPORT_REASONS

DOCUMENT = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")


def test_the_document_says_of_every_refusal_what_the_protocol_says():
    rows = re.findall(r"^\| (\d{3}) \| (.*?) \| (.*?) \|$", DOCUMENT, re.MULTILINE)
    written = {
        reason: (int(status), duty)
        for status, reasons, duty in rows
        for reason in re.findall(r"`(\w+)`", reasons)
    }

    assert written == {
        reason: (refusal.status, refusal.duty.value) for reason, refusal in REFUSALS.items()
    }


def test_the_document_names_exactly_the_reasons_for_rejecting_a_report():
    table = DOCUMENT.partition("### Answer")[2].partition("### Refusals")[0]

    assert tuple(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == REPORT_REASONS
