"""`govnet conference`: added, listed, called off, and what is written of them."""

import csv
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest

from collector.cli import main
from tests.unit.conferences.rig import POINT, Rig


@pytest.fixture
def govnet(
    rig: Rig, inventory_with_a_room: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., SimpleNamespace]:
    """Run a command on the folder of the collector."""

    def command(name: str, *arguments: str) -> SimpleNamespace:
        inventory = ("--inventory", str(inventory_with_a_room))
        data = ("--data", str(rig.centre.data))
        status = main(["conference", name, *arguments, *inventory, *data])
        printed = capsys.readouterr()
        return SimpleNamespace(status=status, out=printed.out, err=printed.err)

    return command


LATER = ("--title", "Giao ban", "--at", "01/12/2126 14:00")


def test_a_conference_is_added_listed_and_called_off_by_command(
    govnet: Callable[..., SimpleNamespace],
):
    assert govnet("add", *LATER, "--all").out == "giao-ban-2126-12-01\n"
    assert govnet("list").out.splitlines()[1] == (
        "giao-ban-2126-12-01  01/12/2126 14:00  1       operator  Giao ban"
    )
    assert govnet("cancel", "giao-ban-2126-12-01").out == "giao-ban-2126-12-01 cancelled\n"
    assert govnet("list").err == "no conference is to come\n"
    assert "cancelled" in govnet("list", "--all").out


def test_a_command_says_every_mistake_by_its_options(govnet: Callable[..., SimpleNamespace]):
    done = govnet("add", "--title", "", "--at", "mai", "--minutes", "0", "--point", "xa-b")

    assert done.status == 2
    assert [line.partition(":")[0] for line in done.err.splitlines()] == [
        *("--at", "--title", "--minutes", "--point"),
    ]
    assert govnet("cancel", "khong").err == "ID: expected a conference, got 'khong'\n"


def test_links_are_printed_as_csv(govnet: Callable[..., SimpleNamespace]):
    govnet("add", *LATER, "--all")
    rows = list(
        csv.DictReader(
            StringIO(
                govnet(
                    "links", "giao-ban-2126-12-01", "--url", "https://govnet.lamdong.example/"
                ).out
            )
        )
    )

    assert [row["point"] for row in rows] == [POINT]
    assert re.fullmatch(r"https://govnet\.lamdong\.example/room/[\w-]{43}", rows[0]["link"])


def test_links_to_an_address_with_a_user_are_refused(govnet: Callable[..., SimpleNamespace]):
    govnet("add", *LATER, "--all")

    done = govnet("links", "giao-ban-2126-12-01", "--url", "https://me:hush-hush@x.example")

    told = "without user and password, found some in it"
    assert done.err == f"--url: expected http(s)://HOST[:PORT][/PATH] {told}\n"
    assert done.out == ""


def test_the_record_is_written_by_command(govnet: Callable[..., SimpleNamespace], tmp_path: Path):
    govnet("add", *LATER, "--all")
    file = tmp_path / "bien-ban.xlsx"
    assert govnet("report", "giao-ban-2126-12-01", str(file)).out == f"{file}: 1 points\n"

    sheet = openpyxl.load_workbook(file).active
    assert sheet is not None
    assert sheet["A1"].value == "Giao ban"


def test_a_calendar_is_imported_by_command(govnet: Callable[..., SimpleNamespace], tmp_path: Path):
    file = tmp_path / "lich.ics"
    file.write_text("nothing", "utf-8")
    refused = govnet("import", str(file))
    assert refused.status == 2
    assert refused.err.startswith("FILE: no iCalendar file")
