"""By which `collector.toml` a command works when its line names no folder."""

import argparse
import os
from pathlib import Path

import pytest

from collector.cli import main, parser
from collector.commands import lookup
from collector.commands.lookup import complete, find_config
from govnet.errors import ConfigError


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder of a machine without an installed centre."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(lookup.ENVIRONMENT, raising=False)
    monkeypatch.setattr(lookup, "INSTALLED", tmp_path / "etc" / "collector.toml")


def written(path: Path, data: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'data_dir = "{data}"\ninventory = "what/{data}.yaml"\n', encoding="utf-8")
    return path


def asked(**more: object) -> argparse.Namespace:
    options = argparse.Namespace(**({"data_dir": None, "inventory": None, "config": None} | more))
    complete(options)
    return options


def test_without_any_file_the_defaults_hold():
    options = asked()

    assert (options.data_dir, options.inventory) == ("govnet-data", Path("inventory.yaml"))
    assert options.config is None


def test_the_nearest_file_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    installed = written(tmp_path / "etc" / "collector.toml", "installed")
    assert find_config(None) == installed

    written(Path("collector.toml"), "here")
    assert find_config(None) == Path("collector.toml")

    named = written(tmp_path / "elsewhere" / "named.toml", "named")
    monkeypatch.setenv(lookup.ENVIRONMENT, str(named))
    assert find_config(None) == named

    assert find_config(Path("given.toml")) == Path("given.toml")


@pytest.mark.parametrize("is_link", [False, True], ids=["file", "link to one of ours"])
def test_a_file_that_another_user_laid_here_is_taken_only_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, is_link: bool
):
    here = tmp_path / "collector.toml"
    if is_link:
        here.symlink_to(written(tmp_path / "etc/collector.toml", "theirs"))
    else:
        written(here, "theirs")
    os.chown(here, 2, 2, follow_symlinks=False)

    assert main(["agents", "list"]) == 2
    assert f"{here}: belongs to another user (" in capsys.readouterr().err
    assert find_config(Path("collector.toml")) == Path("collector.toml")


def test_what_the_line_says_stands_before_the_file_and_files_are_beside_it(tmp_path: Path):
    written(tmp_path / "etc" / "collector.toml", "theirs")

    options = asked(data_dir="mine")

    assert options.data_dir == "mine"
    assert options.inventory == tmp_path / "etc" / "what" / "theirs.yaml"
    assert asked(inventory=Path("i.yaml")).data_dir == str(tmp_path / "etc" / "theirs")


def test_a_file_with_mistakes_is_not_read_when_the_line_says_everything():
    Path("collector.toml").write_text("lisen = 1\n")

    assert asked(data_dir="d", inventory=Path("i.yaml")).data_dir == "d"
    with pytest.raises(ConfigError, match=r"collector.toml:1:1: lisen: unknown option"):
        asked()


def test_a_named_file_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]):
    assert main(["agents", "list", "--config", "none.toml"]) == 2
    assert "none.toml: cannot be read: No such file" in capsys.readouterr().err


def test_commands_of_an_installed_centre_find_its_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    written(tmp_path / "etc" / "collector.toml", "theirs")

    assert main(["agents", "list"]) == 2
    assert f"no collector has run in {tmp_path / 'etc' / 'theirs'}" in capsys.readouterr().err


@pytest.fixture
def stranger(tmp_path: Path) -> int:
    """Return a user id that owns nothing here; the folders above can be entered."""
    for place in (tmp_path, *tmp_path.parents):
        if place.stat().st_uid == os.geteuid() and place != Path("/"):
            place.chmod(0o755)
    return 65_534


def test_another_user_is_told_as_whom_to_run_it(tmp_path: Path, stranger: int):
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    os.chown(data, 2, 2)

    os.seteuid(stranger)
    try:
        with pytest.raises(ConfigError) as refused:
            asked(data_dir=str(data))
    finally:
        os.seteuid(0)

    assert refused.value.problems == [
        f"{data}: this user may not use it; run the command as its user: `sudo -u bin govnet ...`"
    ]


def test_options_that_only_the_service_may_read_name_its_user(tmp_path: Path, stranger: int):
    folder = tmp_path / "etc"
    written(folder / "collector.toml", "theirs")
    folder.chmod(0o700)

    os.seteuid(stranger)
    try:
        with pytest.raises(ConfigError, match="`sudo -u govnet govnet"):
            asked()
    finally:
        os.seteuid(0)


def test_root_is_warned_of_files_that_its_owner_could_not_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    data = tmp_path / "data"
    data.mkdir()
    asked(data_dir=str(data))
    assert capsys.readouterr().err == ""

    os.chown(data, 2, 2)
    asked(data_dir=str(data))
    assert "better `sudo -u bin govnet ...`" in capsys.readouterr().err


def test_root_restores_for_the_owner_without_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    data = tmp_path / "data"
    data.mkdir()
    os.chown(data, 2, 2)

    assert main(["restore", "missing", "--data", str(data)]) != 0

    assert capsys.readouterr().err == "missing: cannot be read: No such file or directory\n"


@pytest.mark.parametrize(
    ("typed", "folder"),
    [
        (["availability", "close", "2026-10"], None),
        (["availability", "--data", "x", "close", "2026-10"], "x"),
        (["availability", "close", "2026-10", "--data", "x"], "x"),
    ],
)
def test_a_month_is_closed_in_the_folder_given_before_or_after_the_word(
    typed: list[str], folder: str | None
):
    assert folder == parser().parse_args(typed).data_dir
