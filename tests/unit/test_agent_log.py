"""What a line of the agent's log is, and that a lasting fault is told once."""

import logging

import pytest

from agent.log import Fault, FieldFormatter


def test_a_log_line_is_an_event_with_quoted_fields():
    record = logging.makeLogRecord(
        {"msg": "report sent", "levelname": "INFO", "created": 1_790_000_000.0}
        | {"bytes": 12, "took": 0.25, "detail": 'said "no"\nand left', "empty": ""}
    )

    assert FieldFormatter().format(record) == (
        "2026-09-21T14:13:20Z info report sent"
        ' bytes=12 took=0.25 detail="said \\"no\\"\\nand left" empty=""'
    )


def test_a_lasting_fault_is_logged_when_it_comes_changes_and_goes(
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.INFO)
    fault = Fault(logging.getLogger("test"), "sending")
    fault.over()
    for kind in ("refused", "refused", "refused", "timeout", "timeout"):
        fault.appeared(kind, "detail")
    fault.over()
    fault.over()

    assert [(record.message, vars(record).get("reason")) for record in caplog.records] == [
        ("sending failed", "refused"),
        ("sending failed", "timeout"),
        ("sending works again", None),
    ]
