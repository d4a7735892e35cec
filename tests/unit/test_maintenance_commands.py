"""`govnet maintenance` as an operator uses it."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from collector.cli import main
from collector.places import ensure_operator_token

Run = Callable[..., SimpleNamespace]
LATER = ("--from", "2126-12-01 08:00", "--to", "01/12/2126 11:30", "--reason", "Thay tủ mạng")


@pytest.fixture
def run(tmp_path: Path, small_inventory_file: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on the folder of a collector that has run."""
    data = tmp_path / "data"
    data.mkdir()
    ensure_operator_token(data)

    def command(name: str, *arguments: str) -> SimpleNamespace:
        inventory = ["--inventory", str(small_inventory_file)] if name not in _WITHOUT else []
        status = main(["maintenance", name, *arguments, *inventory, "--data", str(data)])
        printed = capsys.readouterr()
        return SimpleNamespace(status=status, out=printed.out, err=printed.err)

    return command


_WITHOUT = {"reject", "end"}


@pytest.fixture
def utility_list(tmp_path: Path) -> Path:
    path = tmp_path / "cat-dien.csv"
    path.write_text(
        "Khu vực;Từ;Đến;Lý do\n"
        "Thôn 1, xã Đơn Dương;01/12/2126 07:30;01/12/2126 17:00;Sửa lưới\n"
        "Thôn 2, xã khác;02/12/2126 07:30;02/12/2126 17:00;\n",
        encoding="utf-8-sig",
    )
    return path


def test_planned_work_is_added_listed_and_ended(run: Run):
    added = run("add", "--site", "xa-a", "--site", "trung-tam", *LATER)
    assert (added.status, added.err) == (0, "")
    assert added.out == (
        "1: xa-a 01/12/2126 08:00 to 01/12/2126 11:30\n"
        "2: trung-tam 01/12/2126 08:00 to 01/12/2126 11:30\n"
    )

    assert run("list").out.splitlines() == [
        "id  kind         item       from              to                state   reason",
        "1   maintenance  xa-a       01/12/2126 08:00  01/12/2126 11:30  coming  Thay tủ mạng",
        "2   maintenance  trung-tam  01/12/2126 08:00  01/12/2126 11:30  coming  Thay tủ mạng",
    ]
    assert run("end", "1").out == "1: xa-a ended\n"
    assert run("end", "1").err == "ID: expected a confirmed entry, 1 is not\n"
    assert [line[:1] for line in run("list").out.splitlines()] == ["i", "2"]
    assert "ended" in run("list", "--all").out


def test_an_item_is_worked_on_alone(run: Run):
    assert run("add", "--item", "xa-a/cpe", *LATER).out.startswith("1: xa-a/cpe ")


def test_a_power_cut_can_be_entered_by_hand_and_is_told_where_it_is_over(run: Run):
    past = ("--from", "2025-12-01 08:00", "--to", "2025-12-01 09:00", "--reason", "Sự cố lưới")
    added = run("add", "--site", "xa-a", *past, "--kind", "power_cut")

    assert (added.status, added.err) == (
        0,
        "it is over already: what was said of that time changes\n",
    )
    assert run("list").err == "nothing is planned\n"
    assert "power_cut  xa-a  01/12/2025 08:00" in run("list", "--all").out


def test_every_mistake_is_told_and_nothing_is_added(run: Run):
    wrong = run(
        *("add", "--site", "xa-aa", "--site", "xa-a", "--from", "mai", "--to", "1/2/2126"),
        *("--reason", ""),
    )

    assert (wrong.status, wrong.out) == (2, "")
    time = "expected a time like 2026-12-01 08:00 or 01/12/2026 08:00"
    assert wrong.err.splitlines() == [
        f"--from: {time}, got 'mai'",
        f"--to: {time}, got '1/2/2126'",
        "--site: expected a site of the inventory, got 'xa-aa' (did you mean \"xa-a\"?)",
        "--reason: expected a text, got nothing",
    ]
    backward = run(
        *("add", "--item", "nothing", "--from", "2126-12-01 08:00"),
        *("--to", "2126-12-01 07:00", "--reason", "x"),
    )
    assert backward.err.splitlines() == [
        "--item: expected a site, an item of a site or a service of the inventory, got 'nothing'",
        "--to: expected a time after the start, 01/12/2126 08:00",
    ]
    assert run("list", "--all").out == ""


def test_the_utilitys_list_only_proposes(run: Run, utility_list: Path):
    done = run("import", str(utility_list))
    assert (done.status, done.out) == (0, "2 new, 0 known already\n")
    assert "Nothing counts until somebody confirms it" in done.err

    assert run("list").out.splitlines() == [
        "n1  01/12/2126 07:30 to 01/12/2126 17:00  Thôn 1, xã Đơn Dương  (cat-dien.csv)",
        "    xa-a       proposed  unit",
        "    trung-tam  proposed  unit",
        "",
        "n2  02/12/2126 07:30 to 02/12/2126 17:00  Thôn 2, xã khác  (cat-dien.csv)",
        "    no candidate was found",
    ]
    again = run("import", str(utility_list))
    assert (again.out, again.err) == ("0 new, 2 known already\n", "")


def test_each_site_is_confirmed_or_rejected_by_itself(run: Run, utility_list: Path):
    run("import", str(utility_list))

    assert run("confirm", "n1").err == (
        "--site: expected the sites that the notice reaches, perhaps xa-a, trung-tam\n"
    )
    assert run("confirm", "n1", "--site", "xa-x").status == 2
    assert run("confirm", "n1", "--site", "xa-a").out == "1: xa-a confirmed\n"
    assert run("confirm", "n1", "--site", "xa-a").err == "confirmed already; nothing was changed\n"
    assert run("reject", "n1").out == "2: trung-tam rejected\n"
    assert run("reject", "n2").out == "3: no site rejected\n"
    assert run("reject", "n9").err == "ID: expected a notice, like n3, got 'n9'\n"
    listed = json.loads(run("list", "--all", "--json").out)
    assert [(one["item"], one["state"], one["notice"]) for one in listed["entries"]] == [
        ("xa-a", "confirmed", 1),
        ("trung-tam", "rejected", 1),
        ("", "rejected", 2),
    ]
    assert listed["notices"] == []


def test_programs_read_what_waits(run: Run, utility_list: Path):
    run("import", str(utility_list))

    listed = json.loads(run("list", "--json").out)
    assert listed["entries"] == []
    assert [
        (one["id"], one["area"], [entry["item"] for entry in one["proposals"]])
        for one in listed["notices"]
    ] == [("n1", "Thôn 1, xã Đơn Dương", ["xa-a", "trung-tam"]), ("n2", "Thôn 2, xã khác", [""])]


def test_a_list_with_mistakes_is_refused_whole(run: Run, tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text("Khu vực,Từ,Đến\nXã A,01/12/2126 08:00,01/12/2126 09:00\nXã B,x,y\n")
    done = run("import", str(path))

    assert (done.status, done.out) == (2, "")
    time = "expected a time like 01/12/2026 07:30 or 2026-12-01 07:30"
    assert done.err.splitlines() == [
        f'{path}:3:6: Từ: {time}, got "x"',
        f'{path}:3:8: Đến: {time}, got "y"',
    ]
    assert run("list").out == ""
    assert "cannot be read" in run("import", str(tmp_path / "none.csv")).err
