"""How old a station's files are: only where the agent's own file allows it, links followed."""

import os
from pathlib import Path

import pytest

from agent.probe import newest_file
from agent.probe.newest_file import newest
from govnet.errors import CheckError


@pytest.fixture
def station(tmp_path: Path) -> Path:
    """Give the allowed folder of a station with two files, and a newer one in a folder below."""
    folder = tmp_path / "srv" / "trạm 1"
    (folder / "cu").mkdir(parents=True)
    for name, written_at in (("a.txt", 1000), ("b.txt", 2000), ("cu/c.txt", 9000)):
        (folder / name).write_text("PM10")
        os.utime(folder / name, (written_at, written_at))
    return folder


def test_of_a_folder_its_own_newest_file_counts(station: Path):
    assert newest(f"{station.as_uri()}/", [station.parent]) == 2000.0


def test_one_file_is_told_by_itself_and_may_be_missing(station: Path):
    assert newest((station / "a.txt").as_uri(), [station]) == 1000.0
    assert newest((station / "moi.txt").as_uri(), [station]) is None


def test_a_folder_without_files_has_no_newest(station: Path, tmp_path: Path):
    (station / "trong").mkdir()

    assert newest(f"{station.as_uri()}/trong/", [tmp_path]) is None


def test_a_folder_that_is_not_there_is_an_error(station: Path):
    with pytest.raises(CheckError, match="khong-co cannot be seen"):
        newest(f"{station.as_uri()}/khong-co/", [station])


@pytest.mark.parametrize("path", ["{}/../../x/secret", "{}/link", "{}/link-folder/", "/etc/"])
def test_what_the_agents_file_does_not_name_is_not_looked_at(
    station: Path, tmp_path: Path, path: str
):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "secret").write_text("-")
    (station / "link").symlink_to(tmp_path / "x" / "secret")
    (station / "link-folder").symlink_to(tmp_path / "x")

    with pytest.raises(CheckError, match=r"lies in no folder of \[files\]"):
        newest("file://" + path.format(station), [station])


def test_a_link_in_a_folder_is_not_followed(station: Path, tmp_path: Path):
    outside = tmp_path / "outside"
    outside.write_text("-")
    os.utime(outside, (9000, 9000))
    (station / "d.txt").symlink_to(outside)

    assert newest(f"{station.as_uri()}/", [station]) == 2000.0


def test_nothing_is_allowed_without_folders(station: Path):
    with pytest.raises(CheckError, match="lies in no folder"):
        newest(f"{station.as_uri()}/", [])


@pytest.mark.parametrize("url", ["file://host/srv/x", "file:srv/x", "http:///srv/x", "file:///%00"])
def test_what_is_no_whole_path_is_refused(url: str):
    with pytest.raises(CheckError, match=r"expected file:///|cannot be seen"):
        newest(url, [Path("/")])


def test_a_folder_with_too_many_files_is_an_error(station: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(newest_file, "MAX_ENTRIES", 2)

    with pytest.raises(CheckError, match="more than 2 entries"):
        newest(f"{station.as_uri()}/", [station])
