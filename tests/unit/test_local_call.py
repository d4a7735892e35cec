"""What a command says that finds no collector."""

from pathlib import Path

import pytest

from collector.local_call import get_as_operator
from collector.places import ensure_operator_token, note_urls
from govnet.errors import GovnetError


def test_a_collector_that_does_not_run_is_told_in_one_short_line(tmp_path: Path):
    ensure_operator_token(tmp_path)
    note_urls(tmp_path, "http://127.0.0.1:9", "http://127.0.0.1:9")

    with pytest.raises(GovnetError) as told:
        get_as_operator(tmp_path, "/v1/sites")

    assert str(told.value) == (
        "no collector answers at http://127.0.0.1:9: is `govnet serve` running?"
    )
