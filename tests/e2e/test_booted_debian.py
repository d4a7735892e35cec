"""A centre and its agent under a real systemd: from the installation to the purge.

They are installed from our packages as the pages say, started, killed, rebooted, upgraded. It is
one story of one machine; a test says what is so at its place in it.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.booted_debian import DEVICE, BootedDebian, wait_until
from tests.e2e.debian_root import unpacked
from tests.e2e.first_inventory import fill_in
from tests.e2e.higher_version import HIGHER, HIGHER_SCHEMA
from tests.e2e.inbox_reports import reports_of

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(600),
    pytest.mark.installs,
]

NAME = "centre.example"
SERVICES = ("govnet", "govnet-agent")
OWN_FOLDERS = (
    "/etc/govnet/inventory",
    "/var/lib/govnet",
    "/var/lib/govnet-agent",
    "/var/lib/govnet-backup",
)
DATA = Path("var/lib/govnet")
CAP_NET_RAW = 1 << 13
MOST_EXPOSED = {"govnet": 1.2, "govnet-agent": 1.5}
"""By `systemd-analyze security`, 0 to 10; docs/install.md names them."""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BootedDebian]:
    root = unpacked(tmp_path_factory.mktemp("booted") / "root")
    (root / "etc/dpkg/dpkg.cfg.d/thrown-away").write_text("force-unsafe-io\n")
    (root / "etc/hosts").write_text(f"127.0.0.1 localhost {NAME}\n")
    machine = BootedDebian(root)
    try:
        machine.boot()
        yield machine
    finally:
        machine.end()
        shutil.rmtree(root)


@pytest.fixture(scope="module")
def installed(machine: BootedDebian, debian_packages: Path) -> BootedDebian:
    install(machine, debian_packages)
    return machine


def install(machine: BootedDebian, packages: Path) -> None:
    """Do as docs/install.md says, with the files in /root."""
    names = []
    for package in packages.glob("*.deb"):
        shutil.copy(package, machine.root / "root")
        names.append(f"/root/{package.name}")
    machine.does("apt-get", "install", "--yes", "-qq", *names)


@pytest.fixture(scope="module")
def centre(installed: BootedDebian) -> BootedDebian:
    """Start a collector with a device in its inventory that is always on."""
    installed.does("govnet", "init", "--province", "68", "/etc/govnet/inventory")
    installed.does("govnet", "tls", "init", "--data", "/var/lib/govnet", "--name", NAME)
    url = f's|^# url = "https:.*|url = "https://{NAME}:8470"|'
    installed.does("sed", "--in-place", url, "/etc/govnet/collector.toml")
    fill_in(installed.root / "etc/govnet/inventory")
    sites = installed.root / "etc/govnet/inventory/province/sites.yaml"
    # What stands there as an example.
    device = r"# devices:\n *# (  - {id: loi-1, .*always_on: true), snmp: routers}"
    sites.write_text(re.sub(device, r"devices:\n    \1}", sites.read_text("utf-8")), "utf-8")
    installed.does("systemctl", "start", "govnet")
    return installed


@pytest.fixture(scope="module")
def agent(centre: BootedDebian) -> str:
    """Return the id of the centre's own agent, enrolled by a word that root laid."""
    token = centre.does("govnet", "token", "create", "--site", "ttdl").split()[-1]
    (centre.root / "etc/govnet/enrol-token").write_text(f"{token}\n")
    centre.does("systemctl", "restart", "govnet-agent")
    wait_until(lambda: is_connected(centre), "the agent is connected")
    listed = centre.does("govnet", "agents", "list")
    (agent,) = re.findall(r"^ttdl/\S+ +(\w+) +active", listed, re.MULTILINE)
    wait_for_more(centre, agent)
    return str(agent)


def is_connected(machine: BootedDebian) -> bool:
    return "Đã kết nối" in machine.call("govnet-agent", "status").stdout


def acknowledged(machine: BootedDebian, agent: str) -> list[int]:
    """Return the numbers of the agent's reports that the collector has."""
    return sorted({report.seq for report in reports_of(agent, machine.root / DATA)})


def wait_for_more(machine: BootedDebian, agent: str) -> None:
    """Wait for a report that is made from now on, and for all before it."""
    before = max(acknowledged(machine, agent), default=0)
    wait_until(lambda: max(acknowledged(machine, agent), default=0) > before + 1, "more reports")
    wait_until(lambda: is_without_a_gap(machine, agent), "every report before it")


def is_without_a_gap(machine: BootedDebian, agent: str) -> bool:
    numbers = acknowledged(machine, agent)
    return numbers == [*range(1, len(numbers) + 1)]


def test_before_there_is_an_inventory_only_the_agent_runs_and_says_what_it_lacks(
    installed: BootedDebian,
) -> None:
    assert "inactive" == installed.shows("govnet", "ActiveState")
    assert "no" == installed.shows("govnet", "ConditionResult")
    assert "active" == installed.shows("govnet-agent", "ActiveState")
    wait_until(lambda: "reason=no_token" in installed.journal("govnet-agent"), "it says so")


def test_nothing_fails_while_the_agent_starts_without_a_token(installed: BootedDebian) -> None:
    """Its preparation did what there was to do: nothing."""
    assert "status=0" in installed.shows("govnet-agent", "ExecStartPre")


@pytest.mark.usefixtures("agent")
def test_doctor_finds_nothing_that_must_be_done(centre: BootedDebian) -> None:
    wait_until(lambda: centre.call("govnet", "doctor").returncode == 0, "doctor is content")

    said = centre.does("govnet", "doctor")
    assert "khoá chủ là credential của systemd" in said
    assert "tác tử của trung tâm (ttdl) đang báo cáo" in said


@pytest.mark.usefixtures("agent")
def test_the_token_that_root_laid_is_used_and_taken_away(centre: BootedDebian) -> None:
    assert not (centre.root / "etc/govnet/enrol-token").exists()


def test_every_check_succeeds_in_the_agents_sandbox(centre: BootedDebian, agent: str) -> None:
    def newest() -> dict[str, str | None]:
        *_, report = reports_of(agent, centre.root / DATA)
        return {result.check: result.error for result in report.results}

    wait_until(lambda: "always_on" in newest(), "the device is asked")
    assert set(newest().values()) == {None}


@pytest.mark.usefixtures("agent")
def test_ping_and_the_largest_packet_work_in_the_agents_sandbox(centre: BootedDebian) -> None:
    """By a unit with every line of the agent's own, which runs commands instead."""
    text = (centre.root / "lib/systemd/system/govnet-agent.service").read_text("utf-8")
    probes = "".join(
        f"ExecStart=/usr/bin/govnet-agent probe {p} {DEVICE}\n" for p in ("icmp", "mtu")
    )
    for pattern, instead in (
        ("ExecStart=.*\n", probes),
        ("Type=.*", "Type=oneshot"),
        ("Restart=.*", "Restart=no"),
    ):
        text, count = re.subn(f"(?m)^{pattern}", instead, text)
        assert count == 1
    (centre.root / "etc/systemd/system/probes.service").write_text(text, "utf-8")

    centre.does("systemctl", "daemon-reload")
    centre.does("systemctl", "start", "probes")

    said = centre.journal("probes")
    assert f"{DEVICE} trả lời 10 trên 10 gói, không mất gói nào." in said
    assert "1500 byte" in said


@pytest.mark.usefixtures("agent")
def test_services_have_no_other_right_than_raw_sockets_for_the_agent(centre: BootedDebian) -> None:
    for unit, rights in (("govnet", 0), ("govnet-agent", CAP_NET_RAW)):
        status = centre.does("cat", f"/proc/{centre.shows(unit, 'MainPID')}/status")
        found = dict(re.findall(r"^(\w+):\t(\S+)", status, re.MULTILINE))
        assert found["Uid"] != "0"
        assert {int(found[f"Cap{kind}"], 16) for kind in ("Prm", "Eff", "Bnd", "Amb")} == {rights}
        assert (found["NoNewPrivs"], found["Seccomp"]) == ("1", "2")


def test_systemd_judges_the_running_units_as_the_pages_say(centre: BootedDebian) -> None:
    for unit, most in MOST_EXPOSED.items():
        said = centre.does("systemd-analyze", "security", "--no-pager", f"{unit}.service")
        assert float(re.findall(r"exposure level.*: ([\d.]+)", said)[0]) <= most


@pytest.mark.usefixtures("agent")
def test_lines_of_the_journal_carry_their_importance(centre: BootedDebian) -> None:
    warnings = centre.journal("govnet-agent", "--priority=warning")

    assert "reason=no_token" in warnings
    assert "agent starts" in centre.journal("govnet-agent")
    assert "agent starts" not in warnings


@pytest.mark.usefixtures("agent")
def test_the_timer_waits_for_the_night_and_its_service_makes_a_whole_backup(
    centre: BootedDebian,
) -> None:
    assert "waiting" == centre.shows("govnet-backup.timer", "SubState")

    centre.does("systemctl", "start", "govnet-backup.service")

    (made,) = (centre.root / "var/lib/govnet-backup").iterdir()
    backup = f"/var/lib/govnet-backup/{made.name}"
    assert "Unchanged since it was sealed" in centre.does("govnet", "backup", "verify", backup)


def test_the_watcher_of_a_second_host_works_as_a_user_of_the_moment(centre: BootedDebian) -> None:
    """It reads passwords that only root may read, as the head of its unit says."""
    words = (
        f"--collector-url https://{NAME}:8470 --ca-file /etc/govnet/ca.pem --mail-to a@b.example"
        " --smtp-user a --smtp-password-file /run/credentials/govnet-watch.service/mail"
    )
    (centre.root / "etc/default/govnet-watch").write_text(f'OPTIONS="{words}"\n')
    for secret in ("etc/govnet/metrics-token", "root/mail-password"):
        (centre.root / secret).write_text("0" * 64)
        (centre.root / secret).chmod(0o600)
    shutil.copy(centre.root / DATA / "tls/ca.pem", centre.root / "etc/govnet/ca.pem")
    drop_in = centre.root / "etc/systemd/system/govnet-watch.service.d/override.conf"
    drop_in.parent.mkdir()
    drop_in.write_text("[Service]\nLoadCredential=mail:/root/mail-password\n")
    centre.does("systemctl", "daemon-reload")

    centre.does("systemctl", "start", "govnet-watch.service")

    shutil.rmtree(drop_in.parent)
    assert (centre.root / "var/lib/private/govnet-watch/state.json").exists()


def test_a_reload_takes_a_good_inventory_and_refuses_a_bad_one(centre: BootedDebian) -> None:
    inventory = centre.root / "etc/govnet/inventory/inventory.yaml"
    good = inventory.read_text("utf-8")

    def reload(text: str, until_told: str) -> None:
        inventory.write_text(text, "utf-8")
        centre.does("systemctl", "reload", "govnet")
        wait_until(lambda: until_told in centre.journal("govnet"), until_told)

    try:
        reload(good + "\n# edited\n", until_told="inventory taken over")
        reload("nothing: so\n", until_told="inventory refused")
    finally:
        inventory.write_text(good, "utf-8")
    assert "active" == centre.shows("govnet", "ActiveState")


@pytest.mark.usefixtures("agent")
def test_nothing_is_written_outside_the_services_own_folders(centre: BootedDebian) -> None:
    owned = ("-user", "govnet", "-o", "-user", "govnet-agent")
    found = centre.does("find", "/", "-xdev", *owned).splitlines()

    assert {name for name in found if not name.startswith(OWN_FOLDERS)} == set()


def test_what_is_killed_is_started_again_and_no_report_is_lost(
    centre: BootedDebian, agent: str
) -> None:
    for unit in SERVICES:
        centre.does("systemctl", "kill", "--signal=KILL", unit)

    wait_until(
        lambda: all(centre.shows(unit, "NRestarts") != "0" for unit in SERVICES), "both restart"
    )
    wait_for_more(centre, agent)


def test_services_stop_in_order_and_in_time(centre: BootedDebian, agent: str) -> None:
    """Also the process that sends history, which the collector ends itself."""
    options = centre.root / "etc/govnet/collector.toml"
    receiver = 'name = "prometheus"\nurl = "http://127.0.0.1:9090/api/v1/write"\n'
    options.write_text(f"{options.read_text('utf-8')}\n[[remote_write]]\n{receiver}", "utf-8")
    centre.does("systemctl", "restart", "govnet")
    wait_until(
        lambda: "collector.history" in centre.does("systemctl", "status", "govnet"), "it runs"
    )

    centre.does("systemctl", "stop", *SERVICES)

    for unit in SERVICES:
        assert "success" == centre.shows(unit, "Result")
        assert "0" == centre.shows(unit, "ExecMainStatus")
    assert "history process ended" not in centre.journal("govnet")
    centre.does("systemctl", "start", *SERVICES)
    wait_for_more(centre, agent)


def test_after_a_reboot_everything_is_back_and_nothing_that_was_acknowledged_is_lost(
    centre: BootedDebian, agent: str
) -> None:
    before = acknowledged(centre, agent)

    centre.reboot()

    for unit in (*SERVICES, "govnet-backup.timer"):
        assert "active" == centre.shows(unit, "ActiveState")
    wait_for_more(centre, agent)
    assert set(before) <= set(acknowledged(centre, agent))


@pytest.fixture(scope="module")
def upgraded(centre: BootedDebian, agent: str, higher_packages: Path) -> BootedDebian:
    del agent  # It reports while its centre is upgraded.
    options = centre.root / "etc/govnet/collector.toml"
    options.write_text(options.read_text("utf-8") + "# ours\n", "utf-8")
    install(centre, higher_packages)
    return centre


def test_an_upgrade_runs_the_higher_version_with_the_data_of_the_lower(
    upgraded: BootedDebian, agent: str
) -> None:
    for unit in SERVICES:
        assert "active" == upgraded.shows(unit, "ActiveState")
    assert upgraded.does("govnet", "--version").strip() == f"govnet {HIGHER}"
    wait_for_more(upgraded, agent)
    wait_until(
        lambda: f"cùng phiên bản {HIGHER}" in upgraded.call("govnet", "doctor").stdout, "it is told"
    )
    text = (upgraded.root / "etc/govnet/collector.toml").read_text("utf-8")
    assert text.endswith("# ours\n")


def test_an_upgrade_migrates_after_a_copy_by_which_to_go_back(upgraded: BootedDebian) -> None:
    (copy,) = (upgraded.root / DATA / "backups").glob("*.sqlite3")

    assert f"after='{HIGHER_SCHEMA}'" in upgraded.journal("govnet", "--priority=warning")
    assert copy.name in upgraded.journal("govnet")


def test_removing_stops_and_keeps_the_data_purging_leaves_nothing(upgraded: BootedDebian) -> None:
    upgraded.does("apt-get", "remove", "--yes", "-qq", *SERVICES)

    for unit in SERVICES:
        assert "inactive" == upgraded.shows(unit, "ActiveState")
    assert (upgraded.root / DATA / "govnet.sqlite3").exists()
    assert (upgraded.root / "var/lib/govnet-agent/identity.json").exists()

    upgraded.does("apt-get", "purge", "--yes", "-qq", *SERVICES)

    left = upgraded.does("find", "/", "-xdev", "-name", "*govnet*").splitlines()
    assert [name for name in left if not name.startswith(("/root/", "/var/log/"))] == []
    assert "" == upgraded.does("systemctl", "--failed", "--quiet").strip()
