"""A minute of coverage-guided fuzzing, as `make fuzz` does it for ten."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

DEFAULT_SECONDS = "60"


def test_fuzzing_finds_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    seconds = os.environ.get("FUZZ_SECONDS", DEFAULT_SECONDS)
    done = subprocess.run(
        [sys.executable, "-m", "fuzz"],
        cwd=tmp_path,
        env=os.environ | {"FUZZ_SECONDS": seconds, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    with capsys.disabled():
        print(f"\n{done.stdout}")

    assert done.returncode == 0, done.stdout + done.stderr
