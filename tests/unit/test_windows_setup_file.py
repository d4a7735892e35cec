"""deploy/windows/build-setup.sh: the installer is appended where the program looks for it."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "deploy" / "windows" / "build-setup.sh"
MSI = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def build(folder: Path, stub: bytes, package: bytes) -> "subprocess.CompletedProcess[str]":
    (folder / "stub.exe").write_bytes(stub)
    (folder / "in.msi").write_bytes(package)
    return subprocess.run(
        [SCRIPT, "--stub", "stub.exe", "in.msi", "out.exe"],
        cwd=folder,
        # No key: what is appended is looked at, not a signature.
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("extra", range(9))
def test_program_installer_length_and_mark_follow_each_other_up_to_a_multiple_of_8(
    tmp_path: Path, extra: int
):
    stub, package = b"MZ" + b"s" * 100, MSI + os.urandom(300 + extra)

    done = build(tmp_path, stub, package)

    assert done.returncode == 0, done.stderr
    made = (tmp_path / "out.exe").read_bytes()
    assert len(made) % 8 == 0
    assert made[-8:] == b"GOVNETMS"
    length = int.from_bytes(made[-16:-8], "little")
    assert made[-16 - length : -16] == package
    assert made.startswith(stub)
    assert (tmp_path / "out.exe").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("stub", "package", "expected"),
    [(b"ELF", MSI, "stub.exe: expected a program"), (b"MZ", b"PK", "in.msi: expected an MSI")],
)
def test_other_files_are_refused(tmp_path: Path, stub: bytes, package: bytes, expected: str):
    done = build(tmp_path, stub, package)

    assert done.returncode == 2
    assert expected in done.stderr
    assert not (tmp_path / "out.exe").exists()
