"""`govnet doctor` as it is called: without a collector, on the first day, in a service."""

import json
import subprocess
from pathlib import Path

import pytest

from collector.cli import main
from collector.doctor.gather import gather
from collector.doctor.records import Seen
from collector.doctor.table import SUBJECTS, examine
from collector.places import ensure_operator_token, note_urls
from collector.store import open_store
from inventory.model import Inventory

NOW = 1_795_865_400.0


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=x", "-c", "user.email=x@tinh.example")
    subprocess.run(("git", "-C", str(folder), *who, *words), check=True, capture_output=True)


def test_the_history_and_the_places_to_mend_are_seen(small_inventory_file: Path):
    folder, data = small_inventory_file.parent, Path("nowhere")
    assert gather(small_inventory_file, data, NOW).git == "none"
    git(folder, "init")
    assert gather(small_inventory_file, data, NOW).git == "none", "nothing is committed yet"
    git(folder, "add", "-A")
    git(folder, "commit", "-m", "danh mục")
    assert gather(small_inventory_file, data, NOW).git == "clean"

    before = small_inventory_file.read_text("utf-8")
    small_inventory_file.write_text("# SỬA: thay số tạm\n" + before + "# x\n", "utf-8")
    assert gather(small_inventory_file, data, NOW).to_mend == ()
    small_inventory_file.write_text(before.replace("operator: ", "operator: SỬA ", 1), "utf-8")

    seen = gather(small_inventory_file, data, NOW)
    assert (seen.git, len(seen.to_mend)) == ("changed", 1)


def test_it_goes_on_with_the_files_while_the_collector_does_not_run(
    small_inventory_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    data = tmp_path / "data"
    arguments = ["doctor", "--inventory", str(small_inventory_file), "--data", str(data)]
    assert main(arguments) == 1
    said = capsys.readouterr().out
    assert "chưa bộ thu nào chạy" in said
    assert "govnet serve --inventory" in said
    options = small_inventory_file.with_name("collector.toml")
    options.touch()
    assert main(arguments) == 1
    assert f"govnet serve --config {options}" in " ".join(capsys.readouterr().out.split())

    open_store(data).close()
    ensure_operator_token(data)
    note_urls(data, "http://127.0.0.1:9", "http://127.0.0.1:9")

    assert main([*arguments, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert "bộ thu không trả lời" in told["serving"][0]["text"]
    assert any("chưa có tác tử" in one["text"] for one in told["joined"])
    assert told["judged"] == []


def test_before_the_first_inventory_it_says_how_to_write_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    arguments = ["--inventory", str(tmp_path / "inventory.yaml"), "--data", str(tmp_path / "data")]

    assert main(["doctor", "--json", *arguments]) == 1

    told = json.loads(capsys.readouterr().out)["files"]
    assert [one["text"] for one in told] == [f"chưa có danh mục {tmp_path / 'inventory.yaml'}"]
    assert f"govnet init --province MÃ {tmp_path}" in told[0]["do"]


def test_of_an_installed_service_it_names_the_commands_of_systemd_and_of_its_user(
    small_province: Inventory,
):
    centre = Seen(
        now=NOW,
        inventory_file=Path("/etc/govnet/inventory/inventory.yaml"),
        data=Path("/var/lib/govnet"),
        config_file=Path("/etc/govnet/collector.toml"),
        is_service=True,
        inventory=small_province,
    )

    found = examine(centre, ("files", "serving"))

    assert [one.do.partition(";")[0] for one in found["serving"]] == ["systemctl start govnet"]
    history = next(one.do for one in found["files"] if "lịch sử" in one.text)
    assert history.startswith("cd /etc/govnet/inventory && runuser -u govnet -- sh -c 'git init")


def test_the_help_names_every_subject(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["doctor", "--help"])

    told = " ".join(capsys.readouterr().out.split())
    assert f"several times for several: {' '.join(SUBJECTS)} (default" in told
