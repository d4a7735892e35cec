"""`govnet inventory diff`: exit statuses, and what git had."""

import json
import subprocess
from pathlib import Path

import pytest

from collector.cli import main

TEXT = """\
include: ["parts/*.yaml"]
province: {id: p, code: "68", name: Tỉnh, operator: Sở, centre: c}
units: [{id: u, name: Đơn vị, kind: agency}]
"""
SITE = "sites: [{id: c, unit: u, name: Trung tâm, kind: data_centre}]\n"
CHANGED = "~ điểm c: name: Trung tâm -> Trung tâm dữ liệu\nTổng cộng: đổi 1 điểm.\n"


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    (tmp_path / "province" / "parts").mkdir(parents=True)
    (tmp_path / "province" / "parts" / "sites.yaml").write_text(SITE, encoding="utf-8")
    path = tmp_path / "province" / "inventory.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def in_git(inventory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an inventory in a folder of a repository, changed since its only commit."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    who = ("-c", "user.name=Danh mục", "-c", "user.email=danh-muc@lamdong.example")
    for arguments in (("init", "-q"), ("add", "."), (*who, "commit", "-q", "-m", "Danh mục")):
        subprocess.run(["git", *arguments], cwd=inventory.parents[1], check=True)
    change(inventory)
    return inventory


def change(inventory: Path) -> None:
    sites = SITE.replace("Trung tâm", "Trung tâm dữ liệu")
    (inventory.parent / "parts" / "sites.yaml").write_text(sites, encoding="utf-8")


def test_two_files_are_compared(
    inventory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(TEXT.replace('include: ["parts/*.yaml"]\n', "") + SITE, encoding="utf-8")

    assert main(["inventory", "diff", str(other), str(inventory)]) == 0
    assert capsys.readouterr().out == "Không có gì khác.\n"

    change(inventory)

    assert main(["inventory", "diff", str(other), str(inventory)]) == 1
    assert capsys.readouterr().out == CHANGED
    assert main(["inventory", "diff", "--json", str(other), str(inventory)]) == 1
    assert json.loads(capsys.readouterr().out) == [
        {
            "what": "changed",
            "kind": "site",
            "id": "c",
            "fields": [{"name": "name", "before": "Trung tâm", "after": "Trung tâm dữ liệu"}],
        }
    ]


def test_all_files_of_a_revision_are_compared_with_those_of_now(
    in_git: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inventory", "diff", "--since", "HEAD", str(in_git)]) == 1
    assert capsys.readouterr().out == CHANGED

    monkeypatch.chdir(in_git.parent)
    assert main(["inventory", "diff", "--since", "HEAD"]) == 1
    assert capsys.readouterr().out == CHANGED


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["--since", "v9", "{file}"],
            '--since: expected a revision that git knows in {folder}, got "v9"',
        ),
        (["--since", "-x", "{file}"], "expected one argument"),
        (["--since=-x", "{file}"], '--since: expected a revision, got "-x"'),
        (
            ["--since", "HEAD", "{folder}/none.yaml"],
            '{folder}/none.yaml: expected it at the revision "HEAD", got no such file',
        ),
        (["--since", "HEAD", "{file}", "{file}"], "diff: expected at most one file with --since"),
        (["{file}"], "diff: expected two files, or --since REVISION"),
    ],
)
def test_what_cannot_be_compared_is_told_with_status_2(
    in_git: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str
) -> None:
    def filled(text: str) -> str:
        return text.format(file=in_git, folder=in_git.parent)

    try:
        status = main(["inventory", "diff", *map(filled, arguments)])
    except SystemExit as exc:  # argparse
        status = int(exc.code or 0)

    assert status == 2
    assert filled(expected) in capsys.readouterr().err


def test_a_folder_without_a_repository_is_told(
    inventory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(inventory.parents[1]))

    assert main(["inventory", "diff", "--since", "HEAD", str(inventory)]) == 2
    assert "--since: expected a folder that git keeps, got: fatal: not a git repository" in (
        capsys.readouterr().err
    )


def test_a_machine_without_git_is_told_what_to_install(
    inventory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(inventory.parent))

    assert main(["inventory", "diff", "--since", "HEAD", str(inventory)]) == 2
    assert capsys.readouterr().err == (
        '--since: expected the program git, got none (on Debian "apt install git")\n'
    )


def test_mistakes_of_a_revision_have_its_name(
    in_git: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    in_git.write_text(TEXT.replace("Sở, centre", "Sở, center"), encoding="utf-8")
    who = ("-c", "user.name=Danh mục", "-c", "user.email=danh-muc@lamdong.example")
    subprocess.run(["git", *who, "commit", "-qam", "Sai"], cwd=in_git.parent, check=True)
    in_git.write_text(TEXT, encoding="utf-8")

    assert main(["inventory", "diff", "--since", "HEAD", str(in_git)]) == 2
    assert capsys.readouterr().err.startswith("HEAD:inventory.yaml:2:")


def test_a_repository_names_no_program_that_reads_its_files(
    in_git: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = tmp_path / "ran"
    (in_git.parent / ".gitattributes").write_text("*.yaml filter=own export-ignore\n", "utf-8")
    who = ("-c", "user.name=Danh mục", "-c", "user.email=danh-muc@lamdong.example")
    config = ("config", "filter.own.smudge", f"touch {ran}; cat")
    for arguments in (config, ("add", "."), (*who, "commit", "-q", "-m", "Bộ lọc")):
        subprocess.run(["git", *arguments], cwd=in_git.parent, check=True)

    status = main(["inventory", "diff", "--since", "HEAD", str(in_git)])

    assert (0, "Không có gì khác.\n") == (status, capsys.readouterr().out)
    assert not ran.exists()


@pytest.mark.parametrize("revision", ["-x", "^HEAD", "a b", "HEAD\nx", "HEAD;x", "", "a\0b"])
def test_what_is_no_revision_is_told_on_one_line(
    in_git: Path, revision: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inventory", "diff", f"--since={revision}", str(in_git)]) == 2
    line = capsys.readouterr().err
    assert line.startswith("--since: expected")
    assert line.count("\n") == 1
