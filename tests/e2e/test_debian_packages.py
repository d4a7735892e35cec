"""The Debian packages: built, looked into, installed in a bare Debian 12, upgraded, purged."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.debian_root import BUILT_AT, unpacked
from tests.e2e.higher_version import HIGHER

pytestmark = [pytest.mark.e2e, pytest.mark.installs]

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "deploy/debian/build.sh"
AGENTS_LIBRARIES = {
    *("_cffi_backend", "_yaml", "cffi", "cryptography", "psutil", "pyasn1", "pycparser", "pysnmp"),
    "yaml",
}
CENTRES_OWN = {"collector", "govnet", "inventory"}
NOT_OURS = ("var/lib/dpkg", "var/log", "var/cache", "run", "tmp", "proc", "etc/passwd")
NOT_OURS += ("etc/shadow", "etc/group", "etc/gshadow", "etc/subuid", "etc/subgid", "dev")
"""What dpkg and adduser keep for themselves."""
AGENT_COMMANDS = ("once machine", "once lan", "once facts", "probe icmp 127.0.0.1")
READY_SECONDS = 60


def run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}: {done.stdout}"
    return done.stdout


def build(out: Path, *packages: str, **environment: str) -> dict[str, Path]:
    """Return the packages by name."""
    run(BUILD, *packages, PIP=f"{sys.executable} -m pip", OUT=str(out), **BUILT_AT, **environment)
    return {path.name.split("_")[0]: path for path in out.glob("*.deb")}


def inside(root: Path, *command: str) -> str:
    """Run a command in that root, as its root."""
    return run(*with_kernel(root), "chroot", root, *command)


def with_kernel(root: Path) -> list[str]:
    """Return what gives the command behind it /proc and /sys in that root, gone when it ends."""
    return [
        *("unshare", "--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={root}/proc"),
        *("sh", "-c", 'mount -t sysfs sys "$0/sys" && exec "$@"', str(root)),
    ]


def files_of(root: Path) -> set[str]:
    """Return every name below a root that is neither dpkg's nor adduser's."""
    found = (path.relative_to(root).as_posix() for path in root.rglob("*"))
    return {name for name in found if not name.startswith(NOT_OURS)}


def owner_of(root: Path, name: str) -> str:
    """Return `user:group mode` of a file, by the names of that root."""
    return inside(root, "stat", "-c", "%U:%G %a", name).strip()


@pytest.fixture(scope="module")
def packages(debian_packages: Path) -> dict[str, Path]:
    return {path.name.split("_")[0]: path for path in debian_packages.glob("*.deb")}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = unpacked(tmp_path_factory.mktemp("debian") / "root")
    # Nothing starts by itself.
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    return root


@pytest.fixture(scope="module")
def files_before(bare: Path) -> set[str]:
    return files_of(bare)


@pytest.fixture(scope="module")
def installed(bare: Path, files_before: set[str], packages: dict[str, Path]) -> Path:
    """Both, with a province's first inventory and a certificate, made as root types it."""
    del files_before
    install(bare, *packages.values())
    inside(bare, "govnet", "init", "--province", "19", "/etc/govnet/inventory")
    inside(bare, "govnet", "tls", "init", "--data", "/var/lib/govnet", "--name", "c.example")
    return bare


def install(root: Path, *packages: Path) -> None:
    for package in packages:
        (root / "tmp" / package.name).write_bytes(package.read_bytes())
    inside(root, "dpkg", "--install", *(f"/tmp/{package.name}" for package in packages))


def listing(package: Path) -> list[tuple[str, str, str]]:
    """Return rights, owner and name of everything inside a package."""
    lines = run("dpkg-deb", "--contents", package).splitlines()
    parts = (line.split(maxsplit=5) for line in lines)
    return [(rights, owner, name) for rights, owner, _, _, _, name in parts]


def libraries_in(package: Path) -> set[str]:
    """Return what stands at the top of the package's site-packages."""
    found = (
        re.search(r"/site-packages/([^/]+)", name.removesuffix("/"))
        for _, _, name in listing(package)
    )
    names = {match[1] for match in found if match}
    return {name.split(".")[0] for name in names if not name.endswith(".dist-info")}


def test_the_agents_package_holds_the_agent_and_what_it_needs(packages: dict[str, Path]) -> None:
    assert libraries_in(packages["govnet-agent"]) == {"agent", "govnet"} | AGENTS_LIBRARIES


def test_the_centres_package_holds_neither_agent_nor_simulator(packages: dict[str, Path]) -> None:
    found = libraries_in(packages["govnet"])

    assert found >= CENTRES_OWN
    assert not found & {"agent", "simulator", "tests", "dashboards", "pip", "setuptools"}


def test_the_centres_package_holds_the_scripts_of_the_roll_out_ready_to_be_run(
    packages: dict[str, Path],
) -> None:
    scripts = {
        name.removeprefix("./usr/share/govnet/"): rights
        for rights, _, name in listing(packages["govnet"])
        if name.endswith(".sh")
    }

    assert set(scripts) == {
        *("compose/prepare.sh", "windows/stamp.sh", "windows/build-setup.sh", "windows/sign.sh")
    }
    assert set(scripts.values()) == {"-rwxr-xr-x"}


def test_the_centres_package_holds_every_page_with_its_pictures(packages: dict[str, Path]) -> None:
    place = "./usr/share/doc/govnet/"
    found = {
        name.removeprefix(place) for _, _, name in listing(packages["govnet"]) if place in name
    }

    pages = [*(ROOT / "docs").glob("*.md"), *(ROOT / "docs/img").iterdir()]
    assert {page.relative_to(ROOT / "docs").as_posix() for page in pages} <= found


def test_packages_hold_no_test_no_secret_and_nothing_that_others_may_write(
    packages: dict[str, Path],
) -> None:
    for package in packages.values():
        for rights, owner, name in listing(package):
            assert owner == "root/root", name
            assert rights[8] != "w" or rights.startswith("l"), name
            assert "s" not in rights.lower(), name
            assert not re.search(r"\.pyc|/tests/|\.key$|\.pem$|enrol-token", name) or (
                name.endswith("/certifi/cacert.pem")
            ), name


def test_the_same_wheels_give_the_same_bytes_without_an_index(
    packages: dict[str, Path], tmp_path: Path
) -> None:
    wheels = tmp_path / "wheels"
    run(*(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", wheels),
        *pinned(packages["govnet-agent"], tmp_path))  # fmt: skip

    again = build(tmp_path / "dist", "govnet-agent", WHEELS=str(wheels))

    assert again["govnet-agent"].read_bytes() == packages["govnet-agent"].read_bytes()


def pinned(package: Path, folder: Path) -> list[str]:
    """Return the libraries of a package as requirements, by its own list."""
    run("dpkg-deb", "--extract", package, folder / "tree")
    text = (folder / "tree/usr/share/doc/govnet-agent/libraries.txt").read_text("utf-8")
    rows = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return [f"{name}=={version}" for name, version, _ in rows]


def test_both_commands_answer_in_a_bare_debian(installed: Path) -> None:
    assert inside(installed, "govnet", "--version").startswith("govnet ")
    assert "govnet_machine_info" in inside(installed, "govnet-agent", "list-checks")


def test_every_file_belongs_to_whom_it_has_to(installed: Path) -> None:
    assert owner_of(installed, "/var/lib/govnet") == "govnet:govnet 700"
    assert owner_of(installed, "/var/lib/govnet-agent") == "govnet-agent:govnet-agent 700"
    assert owner_of(installed, "/etc/govnet") == "root:govnet-agent 1775"
    assert owner_of(installed, "/etc/govnet/master.key") == "root:govnet 640"
    assert len((installed / "etc/govnet/master.key").read_text().strip()) == 64


def test_what_root_writes_by_the_command_belongs_to_the_collector(installed: Path) -> None:
    assert owner_of(installed, "/etc/govnet/inventory/inventory.yaml").startswith("govnet:govnet ")
    assert owner_of(installed, "/var/lib/govnet/tls").startswith("govnet:govnet ")
    assert not (installed / "etc/govnet/inventory/collector.toml").exists()


def command_of(unit: str) -> list[str]:
    """Return what the unit starts."""
    text = (ROOT / "deploy/systemd" / unit).read_text("utf-8")
    found = re.search(r"^ExecStart=(.+)$", text, re.MULTILINE)
    assert found is not None
    return found[1].split()


def as_user(root: Path, user: str, *capabilities: str) -> list[str]:
    """Return what makes of root that user with these rights and no others, as the unit does."""
    number = inside(root, "id", "-u", user).strip()
    kept = ",".join(("-all", *capabilities))
    return [
        *("setpriv", f"--reuid={number}", f"--regid={inside(root, 'id', '-g', user).strip()}"),
        *("--clear-groups", "--no-new-privs", f"--bounding-set={kept}", f"--inh-caps={kept}"),
        f"--ambient-caps={kept}",
    ]


@pytest.fixture
def collector(installed: Path, tmp_path: Path) -> Iterator[socket.socket]:
    """Start the collector by its unit's command, as its user; yield the socket that it calls."""
    options = installed / "etc/govnet/collector.toml"
    options.write_text(options.read_text("utf-8").replace("0.0.0.0:8470", "127.0.0.1:0"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(READY_SECONDS)
        path = installed / "run/notify"
        path.unlink(missing_ok=True)
        manager.bind(str(path))
        path.chmod(0o777)
        with (tmp_path / "log").open("w") as log:
            process = subprocess.Popen(
                ["chroot", str(installed), *as_user(installed, "govnet"),
                 *command_of("govnet.service")],
                env={**os.environ, "NOTIFY_SOCKET": "/run/notify"},
                stdout=log,
                stderr=log,
            )  # fmt: skip
        try:
            yield manager
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0, (tmp_path / "log").read_text()


def test_the_collector_starts_by_its_units_command_and_says_that_it_is_ready(
    installed: Path, collector: socket.socket
) -> None:
    assert collector.recv(4096) == b"READY=1"

    said = inside(installed, "govnet", "agents", "list", "--data", "/var/lib/govnet")
    assert "no agent yet" in said


def test_root_restores_a_backup_for_the_collector(installed: Path) -> None:
    backup, data = "/var/lib/govnet-backup/one.tar.gz", "/var/lib/again"
    inside(installed, "govnet", "backup", backup)
    inside(installed, "install", "-d", "-m", "700", "-o", "govnet", "-g", "govnet", data)

    inside(
        *(installed, "govnet", "restore", backup, "--data", data, "--files", "/root/again"),
        *("--master-key-file", "/etc/govnet/master.key"),
    )

    assert owner_of(installed, data) == "govnet:govnet 700"
    assert owner_of(installed, f"{data}/govnet.sqlite3") == "govnet:govnet 600"
    assert owner_of(installed, "/root/again/collector.toml") == "root:root 644"
    inside(installed, "rm", "-r", backup, data, "/root/again")


def test_root_rotates_the_master_key_and_the_collectors_user_still_reads_it(
    installed: Path,
) -> None:
    before = (installed / "etc/govnet/master.key").read_text()

    inside(installed, "govnet", "master-key", "rotate")

    assert (installed / "etc/govnet/master.key").read_text() != before
    assert owner_of(installed, "/etc/govnet/master.key") == "root:govnet 640"
    assert (installed / "var/lib/govnet.master-key").is_symlink()


def test_what_the_agents_user_lays_in_the_shared_folder_gives_it_nothing(installed: Path) -> None:
    """A file under the name of a draft of the key, and a link under that of the token."""
    key, kept = installed / "etc/govnet/master.key", installed / "root/kept.key"
    user = as_user(installed, "govnet-agent")
    before = owner_of(installed, "/etc/shadow")
    key.rename(kept)
    inside(installed, *user, "touch", "/etc/govnet/master.key.new")
    inside(installed, *user, "ln", "-s", "/etc/shadow", "/etc/govnet/enrol-token")
    try:
        for package in ("govnet", "govnet-agent"):
            inside(installed, f"/var/lib/dpkg/info/{package}.postinst", "configure")

        assert owner_of(installed, "/etc/govnet/master.key") == "root:govnet 640"
        assert owner_of(installed, "/etc/shadow") == before
    finally:
        kept.rename(key)
        inside(installed, "rm", "/etc/govnet/enrol-token", "/etc/govnet/master.key.new")


def test_a_token_that_root_laid_is_the_agents_alone(installed: Path) -> None:
    token = installed / "etc/govnet/enrol-token"
    token.write_text("gn1.word\n")
    token.chmod(0o644)

    inside(installed, "/var/lib/dpkg/info/govnet-agent.postinst", "configure")

    assert owner_of(installed, "/etc/govnet/enrol-token") == "govnet-agent:govnet-agent 600"
    token.unlink()


def test_the_agent_measures_with_raw_sockets_as_its_only_right(installed: Path) -> None:
    user = as_user(installed, "govnet-agent", "+net_raw")

    for command in AGENT_COMMANDS:
        said = inside(installed, *user, "govnet-agent", *command.split())
        assert 'govnet_check_success{check="' not in said or "} 1" in said
    assert "không mất gói nào" in said


def test_the_units_filter_has_every_system_call_that_the_agent_makes(
    installed: Path, tmp_path: Path
) -> None:
    called: set[str] = set()
    user = as_user(installed, "govnet-agent", "+net_raw")
    for command in ("once facts", "once lan", "probe icmp 127.0.0.1"):
        counts = tmp_path / "calls"
        # Traced from where the right user and rights are set already.
        run(*with_kernel(installed), "strace", "-f", "-c", "-o", counts,
            "chroot", installed, *user, "/usr/bin/govnet-agent", *command.split())  # fmt: skip
        called |= set(re.findall(r"^ +[\d.]+ .* (\w+)$", counts.read_text(), re.MULTILINE))

    # By chroot and setpriv, in the place of systemd.
    called -= {"total", "chroot", "setgroups", "setresuid", "setresgid", "capset"}
    assert {"socket", "execve", "sendto"} <= called
    assert called <= allowed_calls()


def allowed_calls() -> set[str]:
    """Return what the agent's unit lets through, from systemd's own lists."""
    lines = run("systemd-analyze", "syscall-filter").splitlines()
    lists: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("@"):
            lists[line.strip()] = []
        elif line.startswith("    ") and not line.strip().startswith("#"):
            lists[next(reversed(lists))].append(line.strip())

    def flat(name: str) -> set[str]:
        if not name.startswith("@"):
            return {name}
        return set().union(*(flat(part) for part in lists[name]))

    text = (ROOT / "deploy/systemd/govnet-agent.service").read_text("utf-8")
    allowed: set[str] = set()
    for words in re.findall(r"^SystemCallFilter=(.+)$", text, re.MULTILINE):
        names = set().union(*(flat(name) for name in words.lstrip("~").split()))
        allowed = allowed - names if words.startswith("~") else allowed | names
    return allowed | flat("@default")


@pytest.fixture(scope="module")
def upgraded(installed: Path, higher_packages: Path) -> Path:
    """Install a higher version over files that people and programs wrote."""
    toml = installed / "etc/govnet/collector.toml"
    toml.write_text(toml.read_text("utf-8") + "# ours\n")
    (installed / "var/lib/govnet-agent/kept").write_text("waits to be sent")
    install(installed, *higher_packages.glob("*.deb"))
    return installed


def test_an_upgrade_asks_nothing_and_keeps_configuration_key_and_data(upgraded: Path) -> None:
    versions = inside(upgraded, "dpkg-query", "-W", "-f", "${Version} ", "govnet", "govnet-agent")

    assert versions.split() == [HIGHER, HIGHER]
    assert (upgraded / "etc/govnet/collector.toml").read_text("utf-8").endswith("# ours\n")
    assert (upgraded / "var/lib/govnet-agent/kept").exists()
    assert (upgraded / "var/lib/govnet/govnet.sqlite3").exists()
    assert owner_of(upgraded, "/etc/govnet/master.key") == "root:govnet 640"


def test_removing_keeps_and_purging_leaves_nothing(upgraded: Path, files_before: set[str]) -> None:
    inside(upgraded, "dpkg", "--remove", "govnet", "govnet-agent")
    assert (upgraded / "etc/govnet/inventory/inventory.yaml").exists()
    assert (upgraded / "var/lib/govnet/govnet.sqlite3").exists()
    assert (upgraded / "var/lib/govnet-agent/kept").exists()
    assert not (upgraded / "usr/lib/govnet").exists()
    assert not (upgraded / "usr/lib/govnet-agent").exists()

    inside(upgraded, "dpkg", "--purge", "govnet-agent", "govnet")

    assert files_of(upgraded) - files_before == set()
    assert "govnet" not in (upgraded / "etc/passwd").read_text()
