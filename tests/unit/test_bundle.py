import subprocess
from pathlib import Path

import pytest

from collector.bundle import OPTIONAL_PARTS
from collector.bundle.contents import render as contents
from collector.bundle.debian import add_grafana
from collector.bundle.files import sums_of
from collector.bundle.manifest import BundleError, parse, path_problems
from collector.bundle.parts import FETCHED, LOCAL
from collector.bundle.signing import load_private, load_public, make_pair
from collector.bundle.wheels import constraints, requirements
from collector.cli import main
from govnet import __version__
from govnet.errors import ConfigError

SUM = "ab" * 32


def test_every_part_but_the_installer_may_be_left_out() -> None:
    assert OPTIONAL_PARTS == tuple(part.name for part in (*LOCAL[1:], *FETCHED))


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../outside",
        "a//b",
        "a/./b",
        "ends-in-a-dot.",
        "NUL.txt",
        "bảng.json",
        "with space",
        "back\\slash",
        "new\nline",
        "colon:",
        "-",
        "wheels/-rf",
    ],
)
def test_a_path_that_a_stick_cannot_hold_or_that_leads_out_of_it_is_refused(path: str) -> None:
    assert 1 == len(path_problems([path]))


def test_two_names_that_differ_only_in_case_are_one_file_on_a_stick() -> None:
    assert ["readme: expected a name of its own, README differs only in case"] == path_problems(
        ["readme", "README"]
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (f"{SUM} a\n", "MANIFEST:1: expected a SHA-256, two spaces and a path"),
        (f"{SUM}  b\n{SUM}  a\n", "MANIFEST: expected each path once, sorted, a line each"),
        (f"{SUM}  a\n{SUM}  a\n", "MANIFEST: expected each path once, sorted, a line each"),
        (f"{SUM}  a", "MANIFEST: expected each path once, sorted, a line each"),
    ],
)
def test_a_manifest_that_could_be_read_in_two_ways_is_refused(content: str, problem: str) -> None:
    with pytest.raises(BundleError) as refused:
        parse(content.encode())

    assert [problem] == refused.value.problems


def test_a_link_on_a_stick_is_refused(tmp_path: Path) -> None:
    """What it points to is not on the stick."""
    (tmp_path / "link").symlink_to("/etc/passwd")

    with pytest.raises(BundleError, match="got a link or device"):
        sums_of(tmp_path, lambda _: None)


def test_openssl_verifies_with_the_written_key_what_the_other_signed(tmp_path: Path) -> None:
    public = make_pair(tmp_path / "key")
    (tmp_path / "MANIFEST").write_bytes(b"of a bundle")
    (tmp_path / "MANIFEST.sig").write_bytes(load_private(tmp_path / "key").sign(b"of a bundle"))
    command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", str(public)]
    command += ["-in", "MANIFEST", "-sigfile", "MANIFEST.sig"]

    assert 0 == subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode

    (tmp_path / "MANIFEST").write_bytes(b"of a bundlf")
    assert 1 == subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode


def test_a_key_is_never_overwritten_and_never_readable_by_others(tmp_path: Path) -> None:
    make_pair(tmp_path / "key")
    assert 0o600 == (tmp_path / "key").stat().st_mode & 0o777

    with pytest.raises(ConfigError, match="expected a new file"):
        make_pair(tmp_path / "key")
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(ConfigError, match="others may read this key"):
        load_private(tmp_path / "key")


def test_a_file_that_is_no_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("none")
    (tmp_path / "key").chmod(0o600)

    with pytest.raises(ConfigError, match="expected an Ed25519 private key"):
        load_private(tmp_path / "key")
    with pytest.raises(ConfigError, match="expected an Ed25519 public key"):
        load_public(tmp_path / "key")


def test_the_list_tells_every_version_and_what_was_left_out() -> None:
    sizes = {
        "debs/govnet_1.2_amd64.deb": 9 * 1024 * 1024,
        "debs/prometheus_2.42.0+ds-5+b5_amd64.deb": 2048,
        "wheels/msgspec-0.19.0-cp311-cp311-manylinux_2_17_x86_64.whl": 1024,
    }

    text = contents(sizes, ["example.org/grafana:12@sha256:ab"], ["windows: Windows"], "bookworm")

    words = [line.split() for line in text.splitlines()]
    assert [f"govnet {__version__}"] == text.splitlines()[:1]
    assert ["govnet", "1.2", "9.0", "MiB"] in words
    assert ["prometheus", "2.42.0+ds-5+b5", "2", "KiB"] in words
    assert ["msgspec", "0.19.0", "1", "KiB"] in words
    assert ["example.org/grafana:12@sha256:ab"] in words
    assert ["windows:", "Windows"] in words


def test_the_locked_versions_are_those_that_run_here() -> None:
    import msgspec  # noqa: PLC0415

    assert f"msgspec=={msgspec.__version__}\n" in constraints()
    assert "govnet==" not in constraints()


def test_wheels_are_listed_with_their_sums_as_pip_wants_them(tmp_path: Path) -> None:
    (tmp_path / "msgspec-0.19.0-cp311-none-any.whl").write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    assert f"msgspec==0.19.0 --hash=sha256:{empty}\n" == requirements(tmp_path)


def test_every_missing_part_is_named_at_once_and_nothing_is_left_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["bundle", "key", str(tmp_path / "key")])
    (tmp_path / "dist").mkdir()
    out = tmp_path / "out"

    status = main(
        [
            *("bundle", "make", "--packages", str(tmp_path / "dist")),
            *("--key", str(tmp_path / "key"), "--out", str(out), "--without", "docs"),
        ]
    )

    said = capsys.readouterr().err
    assert 1 == status
    for part in ("centre", "agent", "windows", "grafana"):
        assert f"{part}: or leave it out: --without {part}\n" in said
    assert "--without docs" not in said
    assert not out.exists()


@pytest.fixture
def windows_packages(tmp_path: Path) -> Path:
    """Return what `make packages` built for Windows where it was not told which Python to take."""
    dist = tmp_path / "dist"
    dist.mkdir()
    (dist / f"govnet-agent-{__version__}-x64-test.msi").write_bytes(b"for tests")
    (dist / f"govnet-setup-{__version__}-x64.exe").write_bytes(b"setup")
    return dist


def windows_stick(dist: Path, *more: str) -> int:
    """Make a stick beside it with the Windows part alone."""
    main(["bundle", "key", str(dist.parent / "key")])
    others = [part for part in OPTIONAL_PARTS if part != "windows"]
    return main(
        [
            *("bundle", "make", "--packages", str(dist), "--out", str(dist.parent / "stick")),
            *("--key", str(dist.parent / "key"), *more),
            *(word for part in others for word in ("--without", part)),
        ]
    )


def test_an_installer_with_a_python_for_tests_goes_on_no_stick(
    windows_packages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 1 == windows_stick(windows_packages)

    said = capsys.readouterr().err
    assert f"govnet-agent-{__version__}-x64.msi: no such file" in said
    assert f"govnet-agent-{__version__}-x64-test.msi has a Python for tests only" in said
    assert "make msi WINDOWS_PYTHON=..." in said
    assert not (windows_packages.parent / "stick").exists()


def test_a_stick_for_tests_says_in_its_manifest_that_it_is_one(windows_packages: Path) -> None:
    assert 0 == windows_stick(windows_packages, "--for-tests")

    stick = windows_packages.parent / "stick"
    installer = f"govnet-agent-{__version__}-x64-test.msi"
    assert f"windows/{installer}" in parse((stick / "MANIFEST").read_bytes())
    assert installer in (stick / "CONTENTS.txt").read_text()


def test_of_an_installer_for_tests_and_one_for_pcs_only_the_latter_goes_on_a_stick(
    windows_packages: Path,
) -> None:
    (windows_packages / f"govnet-agent-{__version__}-x64.msi").write_bytes(b"for PCs")

    assert 0 == windows_stick(windows_packages)

    names = {path.name for path in (windows_packages.parent / "stick/windows").iterdir()}
    assert {
        f"govnet-agent-{__version__}-x64.msi",
        f"govnet-setup-{__version__}-x64.exe",
        "report.ps1",
    } == names


def test_a_package_of_grafana_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"--grafana: \S+/grafana_12\.deb: no such file"):
        add_grafana(tmp_path / "grafana_12.deb", tmp_path)


def test_a_folder_with_something_in_it_is_not_written_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["bundle", "key", str(tmp_path / "key")])

    status = main(["bundle", "make", "--key", str(tmp_path / "key"), "--out", str(tmp_path)])

    assert 2 == status
    assert "expected an empty folder" in capsys.readouterr().err
    assert (tmp_path / "key").exists()


def test_what_is_no_bundle_is_told_apart_from_one_that_was_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["bundle", "key", str(tmp_path / "key")])
    (tmp_path / "stick").mkdir()
    verify = ["bundle", "verify", str(tmp_path / "stick"), "--public-key"]

    assert 2 == main([*verify, str(tmp_path / "key.pub")])
    assert "expected a signed bundle" in capsys.readouterr().err

    (tmp_path / "stick/MANIFEST").write_bytes(b"")
    (tmp_path / "stick/MANIFEST.sig").write_bytes(load_private(tmp_path / "key").sign(b""))
    assert 0 == main([*verify, str(tmp_path / "key.pub")])

    main(["bundle", "key", str(tmp_path / "other")])
    assert 1 == main([*verify, str(tmp_path / "other.pub")])
    assert "was not signed with this key" in capsys.readouterr().err
