"""What `install.sh` of the stick makes of its words and of a file that somebody has edited."""

import re
import subprocess
from pathlib import Path

import pytest

INSTALL = Path(__file__).parents[2] / "deploy/offline/install.sh"
SET = 'url = "https://new:8470"\n'


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(INSTALL), *words],
        check=False,
        capture_output=True,
        text=True,
        env={"LANG": "en", "PATH": "/usr/bin:/bin"},
    )


@pytest.mark.parametrize("name", ["hai từ", "https://a.example", "a.example:8470", "fd00::1", 'a"'])
def test_a_name_that_is_none_is_told_before_anything_is_changed(name: str):
    done = run("centre", "--name", name)

    assert done.returncode == 2
    assert "--name: expected a host name or IPv4 address" in done.stderr


def test_a_folder_is_no_token_file(tmp_path: Path):
    done = run("agent", "--token-file", str(tmp_path))

    assert (done.returncode, "cannot be read" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("before", "added"),
    [
        ('listen = "a"\n[[remote_write]]\nurl = "http://p"\n', SET),
        ('listen = "a"\n  [prometheus]\n  url = "http://p"\n', SET),
        ('# url = "https://example"\n', SET),
        ('url = "https://ours"\n[prometheus]\nurl = "http://p"\n', ""),
        ('  url="https://ours"\n', ""),
    ],
)
def test_an_option_is_set_unless_the_file_has_it_outside_its_tables(
    tmp_path: Path, before: str, added: str
):
    file = tmp_path / "collector.toml"
    file.write_text(before)
    found = re.search(
        r"^set_option\(\).*?^}\n", INSTALL.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert found is not None

    script = f"set -euo pipefail\nCONFIG={tmp_path}\n{found[0]}set_option url https://new:8470"
    subprocess.run(["bash", "-c", script], check=True)

    assert file.read_text() == added + before
