"""A bare Debian 12 without any network but loopback, and one USB stick made here.

The stick installs centre and agent; what runs then are the commands of the installed units, as
their users (no systemd runs in a root like this). `govnet doctor` finds nothing to do, and Debian's
own Prometheus scrapes the collector with our rules loaded.
"""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.debian_root import unpacked
from tests.e2e.first_inventory import fill_in
from tests.e2e.higher_version import HIGHER, mark_higher
from tests.e2e.offline_machine import STICK_IN_ROOT, Machine, run
from tests.e2e.stick_workshop import govnet, govnet_of_higher, grafana_stand_in, own_wheel

pytestmark = [pytest.mark.e2e, pytest.mark.installs]

ROOT = Path(__file__).parents[2]
NAME = "centre.example"
GREEN_SECONDS = 120.0
BAD_INPUT, NOT_AS_SIGNED, UNFIT = 2, 3, 4


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory, debian_packages: Path) -> Path:
    """Where sticks are made: packages in `dist`, the key pair `key` and `key.pub`."""
    folder = tmp_path_factory.mktemp("workshop")
    shutil.copytree(debian_packages, folder / "dist")
    own_wheel(folder / "dist")
    govnet("bundle", "key", folder / "key")
    return folder


@pytest.fixture(scope="module")
def stick(workshop: Path) -> Path:
    grafana = grafana_stand_in(workshop)
    govnet(
        *("bundle", "make", "--packages", workshop / "dist", "--out", workshop / "stick"),
        *("--key", workshop / "key", "--grafana", grafana, "--without", "windows"),
    )
    return workshop / "stick"


@pytest.fixture(scope="module")
def next_stick(stick: Path, workshop: Path, higher_packages: Path) -> Path:
    """Make the stick of a higher version without Internet, from the folders of the first one."""
    packages = workshop / "higher"
    packages.mkdir()
    for package in higher_packages.glob("*.deb"):
        os.link(package, packages / package.name)
    own_wheel(packages, lambda copy: mark_higher(copy / "govnet/__init__.py"))
    govnet_of_higher(
        *("bundle", "make", "--packages", packages),
        *("--out", workshop / "next", "--key", workshop / "key", "--without", "windows"),
        *("--grafana", workshop / "grafana_12.deb"),
        *("--debian", stick / "debs", "--wheels", stick / "wheels"),
    )
    return workshop / "next"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, stick: Path) -> Iterator[Machine]:
    root = unpacked(tmp_path_factory.mktemp("bare") / "root")
    (root / STICK_IN_ROOT).mkdir(parents=True)
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    (root / "etc/dpkg/dpkg.cfg.d/thrown-away").write_text("force-unsafe-io\n")
    (root / "etc/hosts").write_text(f"127.0.0.1 localhost {NAME}\n")
    shutil.copy(stick.parent / "key.pub", root / "root/key.pub")
    shared_memory = tmp_path_factory.mktemp("shm")
    shared_memory.chmod(0o1777)
    machine = Machine(root, stick, shared_memory)
    yield machine
    machine.end()
    shutil.rmtree(root)


def spoiled(stick: Path, folder: Path, spoil: Callable[[Path], object]) -> Path:
    """Return a copy of the stick in which something is not as it was signed."""
    shutil.copytree(stick, folder / "spoiled", copy_function=os.link)
    spoil(folder / "spoiled")
    return folder / "spoiled"


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()
    path.write_bytes(content)
    path.chmod(0o755)


SPOILS: dict[str, Callable[[Path], object]] = {
    "a package of ours": lambda stick: flip(next(stick.glob("debs/govnet_*.deb"))),
    "the index that apt reads": lambda stick: flip(stick / "debs/Packages"),
    "the manifest": lambda stick: flip(stick / "MANIFEST"),
    "the signature": lambda stick: flip(stick / "MANIFEST.sig"),
    "a missing package": lambda stick: next(stick.glob("debs/prometheus_*.deb")).unlink(),
    "a missing manifest": lambda stick: (stick / "MANIFEST").unlink(),
    "a file that nobody signed": lambda stick: (stick / "debs/more.deb").write_bytes(b""),
}


@pytest.mark.parametrize("what", SPOILS)
def test_a_stick_that_is_not_as_signed_is_refused(stick: Path, tmp_path: Path, what: str) -> None:
    bad = spoiled(stick, tmp_path, SPOILS[what])

    done = subprocess.run(
        (bad / "install.sh", "verify", "--public-key", stick.parent / "key.pub"),
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == NOT_AS_SIGNED, done.stdout + done.stderr
    assert "TỪ CHỐI" in done.stderr


def test_the_stick_of_another_maker_is_refused(stick: Path, tmp_path: Path) -> None:
    govnet("bundle", "key", tmp_path / "other")

    done = subprocess.run(
        (stick / "install.sh", "verify", "--public-key", tmp_path / "other.pub"),
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"LC_ALL": "en_US.UTF-8"},
    )

    assert done.returncode == NOT_AS_SIGNED
    assert "REFUSED: MANIFEST was not signed by the owner of" in done.stderr


def test_by_the_sum_of_its_manifest_a_stick_is_verified_without_openssl(stick: Path) -> None:
    told = run("sha256sum", stick / "MANIFEST").split()[0]

    assert "đúng như đã ký" in run(stick / "install.sh", "verify", "--manifest-sha256", told)


def test_the_same_files_make_the_same_stick(stick: Path, workshop: Path, tmp_path: Path) -> None:
    """Also: what was downloaded once makes the next stick without Internet."""
    debian = tmp_path / "debian"
    shutil.copytree(stick / "debs", debian, copy_function=os.link)
    govnet(
        *("bundle", "make", "--packages", workshop / "dist", "--out", tmp_path / "again"),
        *("--key", workshop / "key", "--grafana", workshop / "grafana_12.deb"),
        *("--without", "windows", "--debian", debian, "--wheels", stick / "wheels"),
    )

    for name in ("MANIFEST", "MANIFEST.sig"):
        assert (stick / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    govnet("bundle", "verify", tmp_path / "again", "--public-key", workshop / "key.pub")


def test_the_list_tells_what_is_on_the_stick(stick: Path) -> None:
    listed = (stick / "CONTENTS.txt").read_text("utf-8")

    for package in ("govnet", "govnet-agent", "prometheus", "prometheus-alertmanager", "msgspec"):
        assert re.search(rf"^  {package} +[0-9]\S+ +[0-9.]+ [KM]iB$", listed, re.MULTILINE)
    assert "windows: tác tử cho Windows / the agent for Windows" in listed


@pytest.fixture(scope="module")
def centre(machine: Machine) -> Machine:
    """Install a centre from the stick, fill its inventory in, start its services."""
    done = machine.install(
        *("centre", "--public-key", "root/key.pub", "--province", "68", "--name", NAME)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    fill_in(machine.root / "etc/govnet/inventory")
    machine.start("govnet", "govnet")
    wait_until(lambda: machine.call("govnet", "reload").returncode == 0)
    for unit in ("prometheus", "prometheus-alertmanager"):
        machine.start(unit, "prometheus")
    return machine


def wait_until(is_so: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + GREEN_SECONDS
    while not is_so():
        assert time.monotonic() < ends_at
        time.sleep(0.5)


@pytest.fixture(scope="module")
def province(centre: Machine) -> Machine:
    """Add the agent of the centre, which takes the token that is laid for it."""
    token = centre.does("govnet", "token", "create", "--site", "ttdl").split()[0]
    (centre.root / "root/token").write_text(f"{token}\n")
    done = centre.install("agent", "--token-file", "root/token")
    assert done.returncode == 0, done.stdout + done.stderr
    centre.does("chown", "govnet-agent:govnet-agent", "/etc/govnet/enrol-token")
    raw = ("--inh-caps=-all,+net_raw", "--ambient-caps=+net_raw", "--bounding-set=-all,+net_raw")
    centre.start("govnet-agent", "govnet-agent", *raw)
    return centre


def test_a_machine_refuses_a_spoiled_stick_before_anything_is_installed(
    machine: Machine, stick: Path, tmp_path: Path
) -> None:
    packages = machine.does("dpkg-query", "-W")
    machine.stick = spoiled(stick, tmp_path, SPOILS["a package of ours"])
    try:
        done = machine.install("centre", "--public-key", "/root/key.pub")
    finally:
        machine.stick = stick

    assert NOT_AS_SIGNED == done.returncode
    assert packages == machine.does("dpkg-query", "-W")


def test_a_key_that_somebody_else_than_root_laid_is_no_key(machine: Machine, stick: Path) -> None:
    laid = machine.root / "etc/govnet/bundle-key.pub"
    laid.parent.mkdir(exist_ok=True)
    shutil.copy(stick.parent / "key.pub", laid)
    os.chown(laid, 65534, 65534)
    try:
        done = machine.install("verify")
    finally:
        laid.unlink()

    assert BAD_INPUT == done.returncode
    assert "--public-key" in done.stderr


def test_the_machine_has_no_way_to_any_network(centre: Machine) -> None:
    """All that is said of the centre below holds for a place without Internet."""
    assert not centre.does("ip", "route")
    assert ["lo"] == re.findall(r"^\d+: (\w+)", centre.does("ip", "link"), re.MULTILINE)


def test_doctor_finds_nothing_that_must_be_done(province: Machine) -> None:
    wait_until(lambda: province.call("govnet", "doctor").returncode == 0)

    said = province.does("govnet", "doctor")
    for good in (
        "bộ thu đang chạy",
        "Prometheus đọc đủ 2 đích của bộ thu",
        "Prometheus gửi cảnh báo tới http://127.0.0.1:9093",
    ):
        assert re.search(rf"^  tốt .*{good}", said, re.MULTILINE), said
    assert "THIẾU" not in said


def test_the_agent_says_that_it_is_connected(province: Machine) -> None:
    wait_until(lambda: "Đã kết nối" in province.call("govnet-agent", "status").stdout)

    assert not (province.root / "etc/govnet/enrol-token").exists()
    assert (
        "1775 root govnet-agent" == province.does("stat", "-c", "%a %U %G", "/etc/govnet").strip()
    )


def test_prometheus_scrapes_the_centre_with_every_rule_loaded(province: Machine) -> None:
    wait_until(lambda: {"up"} == {one["health"] for one in targets(province)})
    wait_until(lambda: "ok" in {rule["health"] for rule in rules(province)})

    assert ["govnet", "govnet"] == [target["labels"]["job"] for target in targets(province)]
    assert province.prometheus("query", query='govnet_site_status{site="ttdl"}')["result"]
    # A group that is judged every few minutes may not have been judged yet.
    assert {"ok", "unknown"} >= {rule["health"] for rule in rules(province)}
    loaded = {Path(group["file"]).name for group in province.prometheus("rules")["groups"]}
    assert loaded == {path.name for path in (ROOT / "deploy/prometheus/rules").glob("*.yml")}


def targets(machine: Machine) -> list[Any]:
    found: list[Any] = machine.prometheus("targets")["activeTargets"]
    return found


def rules(machine: Machine) -> list[Any]:
    groups = machine.prometheus("rules")["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_secrets_are_for_those_alone_who_need_them(province: Machine) -> None:
    for name, rights, owner in (
        ("/etc/govnet/master.key", "640", "root govnet"),
        ("/etc/govnet/metrics-token", "640", "root govnet"),
        ("/etc/prometheus/govnet-token", "640", "root prometheus"),
        ("/var/lib/govnet", "700", "govnet govnet"),
        ("/var/lib/govnet-agent", "700", "govnet-agent govnet-agent"),
    ):
        assert f"{rights} {owner}" == province.does("stat", "-c", "%a %U %G", name).strip()


def test_grafana_finds_source_and_dashboards(province: Machine) -> None:
    provider = province.root / "etc/grafana/provisioning/dashboards/govnet.yaml"
    folder = re.findall(r"path: (\S+)", provider.read_text())[0]

    found = len([*(province.root / folder.lstrip("/")).rglob("*.json")])
    assert found == len([*(ROOT / "dashboards").rglob("*.json")])


def test_the_same_command_again_backs_up_first_and_keeps_what_people_wrote(
    province: Machine,
) -> None:
    written = [
        province.root / name
        for name in (
            "etc/govnet/collector.toml",
            "etc/govnet/master.key",
            "etc/govnet/metrics-token",
            "etc/prometheus/govnet.yml",
            "etc/prometheus/govnet-alertmanager.yml",
            "var/lib/govnet/tls/ca.pem",
        )
    ]
    alertmanager = province.root / "etc/prometheus/govnet-alertmanager.yml"
    alertmanager.write_text(alertmanager.read_text("utf-8").replace("lamdong.example", "p.example"))
    before = [path.read_bytes() for path in written]

    done = province.install("centre", "--province", "19", "--name", "another.example")

    assert done.returncode == 0, done.stdout + done.stderr
    assert before == [path.read_bytes() for path in written]
    backup = next((province.root / "var/lib/govnet-backup").iterdir())
    assert "whole" in province.does(
        "govnet", "backup", "verify", f"/var/lib/govnet-backup/{backup.name}"
    )


def test_a_prometheus_that_somebody_configured_is_left_alone(province: Machine) -> None:
    drop_in = province.root / "etc/systemd/system/prometheus.service.d/govnet.conf"
    drop_in.unlink()
    with (province.root / "etc/prometheus/prometheus.yml").open("a") as file:
        file.write("# ours\n")

    done = province.install("centre")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Prometheus ở đây đã có cấu hình riêng" in done.stdout
    assert not drop_in.exists()


@pytest.fixture(scope="module")
def upgraded(province: Machine, stick: Path, next_stick: Path) -> Machine:
    """Put the next stick in; systemd would stop and start the collector."""
    province.stop("govnet")
    province.stick = next_stick
    try:
        for what in ("centre", "agent"):
            done = province.install(what)
            assert done.returncode == 0, done.stdout + done.stderr
            assert re.search(rf"govnet\S*: từ [\d.]+ lên {HIGHER}", done.stdout), done.stdout
    finally:
        province.stick = stick
    province.start("govnet", "govnet")
    wait_until(lambda: province.call("govnet", "reload").returncode == 0)
    return province


def test_the_next_stick_upgrades_after_a_backup_and_the_collector_migrates_after_a_copy(
    upgraded: Machine,
) -> None:
    for command in ("govnet", "govnet-agent"):
        assert f"{command} {HIGHER}" == upgraded.does(command, "--version").strip()
    newest = max((upgraded.root / "var/lib/govnet-backup").iterdir())
    assert "Unchanged since it was sealed" in upgraded.does(
        "govnet", "backup", "verify", f"/var/lib/govnet-backup/{newest.name}"
    )
    assert len([*(upgraded.root / "var/lib/govnet/backups").glob("*.sqlite3")]) == 1


def test_an_older_stick_is_refused_unless_somebody_wants_to_go_back(upgraded: Machine) -> None:
    refused = upgraded.install("centre", LC_ALL="en_US.UTF-8")
    assert UNFIT == refused.returncode
    assert f"govnet {HIGHER} here is newer than the stick's" in refused.stderr

    done = upgraded.install("centre", "--allow-older")
    assert done.returncode == 0, done.stdout + done.stderr
    assert HIGHER not in upgraded.does("govnet", "--version")
