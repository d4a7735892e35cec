"""Every shell script that is shipped: read by shellcheck, and stops at the first failure."""

import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
SHELLS = ("#!/bin/sh\n", "#!/bin/bash\n", "#!/usr/bin/env bash\n")


def shell_of(file: Path) -> str:
    """Return a script's first line, "" for any other file."""
    first = file.read_bytes().partition(b"\n")[0].decode("utf-8", "replace") + "\n"
    return first if first in SHELLS else ""


SCRIPTS = sorted(file for file in DEPLOY.rglob("*") if file.is_file() and shell_of(file))


def test_the_installers_and_builders_are_among_them() -> None:
    names = {str(file.relative_to(DEPLOY)) for file in SCRIPTS}

    assert {"offline/install.sh", "windows/build.sh", "debian/govnet/postinst"} <= names


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: str(file.relative_to(DEPLOY)))
def test_shellcheck_has_nothing_to_say(script: Path) -> None:
    done = subprocess.run(
        ["shellcheck", str(script)], check=False, capture_output=True, text=True, timeout=60
    )

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: str(file.relative_to(DEPLOY)))
def test_a_script_stops_at_the_first_failure(script: Path) -> None:
    wanted = "set -e\n" if shell_of(script) == "#!/bin/sh\n" else "set -euo pipefail\n"

    assert wanted in script.read_text("utf-8")
