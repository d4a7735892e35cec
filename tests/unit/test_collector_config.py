from pathlib import Path

import msgspec
import pytest

from collector.alerts.options import Alerts
from collector.config import Config, load_config, read_token
from collector.history.options import RemoteWrite
from govnet.errors import ConfigError


def _problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "collector.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    return [problem.removeprefix(str(tmp_path) + "/") for problem in caught.value.problems]


def test_an_empty_file_is_all_defaults_and_names_are_beside_it(tmp_path: Path):
    path = tmp_path / "collector.toml"
    path.write_text('inventory = "a.yaml"\nlisten = "[::1]:0"\n')

    assert load_config(path) == Config(inventory=str(tmp_path / "a.yaml"), listen="[::1]:0")
    assert load_config(path).address == ("::1", 0)


def test_every_mistake_is_told_at_once_with_its_place(tmp_path: Path):
    text = """\
listen = "localhost"
inbox_days = 0
  session_hour = 3
url = "collector.example"
metrics_allow = ["127.0.0.1/8"]
inbox_max_mib = "many"
trusted_proxies = ["nginx"]
"""

    assert _problems(tmp_path, text) == [
        "collector.toml:1:1: listen: expected ADDRESS:PORT, got 'localhost'",
        "collector.toml:2:1: inbox_days: expected `float` > 0.0, got 0",
        'collector.toml:3:3: session_hour: unknown option; did you mean "session_hours"?',
        "collector.toml:4:1: url: expected http(s)://HOST[:PORT], got 'collector.example'",
        (
            "collector.toml:5:1: metrics_allow: expected a network like 198.18.0.0/24:"
            " 127.0.0.1/8 has host bits set"
        ),
        "collector.toml:6:1: inbox_max_mib: expected `int`, got 'many'",
        (
            "collector.toml:7:1: trusted_proxies: expected a network like 198.18.0.0/24:"
            " 'nginx' does not appear to be an IPv4 or IPv6 network"
        ),
    ]


def test_mistakes_in_the_table_of_conferences_are_told_with_their_place(tmp_path: Path):
    text = "[conference]\nsweep_minutes = []\nbudget_kbit_per_second = 1\nneeds_rooms = false\n"

    assert _problems(tmp_path, text) == [
        "collector.toml:2:1: conference.sweep_minutes: expected `array` of length >= 1, got []",
        "collector.toml:3:1: conference.budget_kbit_per_second: expected `float` >= 100.0, got 1",
        ('collector.toml:4:1: conference.needs_rooms: unknown option; did you mean "needs_room"?'),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("listen = \n", "collector.toml:1:10: Invalid value"),
        ('a = "b', "collector.toml:1:1: Unterminated string"),
    ],
)
def test_what_is_no_toml_is_told_with_its_place(tmp_path: Path, text: str, problem: str):
    (found,) = _problems(tmp_path, text)

    assert found.startswith(problem)


def test_a_missing_file_is_a_users_mistake(tmp_path: Path):
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load_config(tmp_path / "none.toml")


def test_the_command_line_stands_in_front():
    config = Config(inventory="a.yaml").over(inventory=None, listen="127.0.0.1:1")

    assert (config.inventory, config.listen) == ("a.yaml", "127.0.0.1:1")
    with pytest.raises(ConfigError, match="--listen: expected ADDRESS:PORT"):
        Config().over(listen="nowhere")


@pytest.mark.parametrize("seconds", [-5.0, 0.0, float("nan"), float("inf"), 86_401.0])
def test_an_interval_that_cannot_be_is_refused_wherever_it_stands(tmp_path: Path, seconds: float):
    with pytest.raises(ConfigError, match=r"--report-interval: expected `float` [<>]"):
        Config().over(report_interval_seconds=seconds)

    (problem,) = _problems(tmp_path, f"report_interval_seconds = {seconds}")
    assert "report_interval_seconds: expected `float` " in problem


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "-1", "0"])
def test_no_numeric_option_takes_what_is_no_amount(tmp_path: Path, number: str):
    defaults = msgspec.structs.asdict(Config())
    numeric = [name for name, value in defaults.items() if isinstance(value, int | float)]
    text = "".join(f"{name} = {number}\n" for name in numeric)

    assert numeric
    assert len(_problems(tmp_path, text)) == len(numeric)


def test_behind_a_tls_proxy_nobody_reads_metrics_by_address_unless_told():
    """Every client of a proxy on this machine comes from 127.0.0.1."""
    proxied = Config(url="https://govnet.example")

    assert [str(network) for network in Config().networks] == ["127.0.0.0/8", "::1/128"]
    assert proxied.networks == ()
    listed = msgspec.structs.replace(proxied, metrics_allow=("198.18.0.0/24",))
    assert [str(network) for network in listed.networks] == ["198.18.0.0/24"]


def test_a_scrape_address_is_host_and_port():
    assert Config().over(scrape_address="[::1]:8470").scrape_address == "[::1]:8470"
    with pytest.raises(ConfigError, match="--scrape-address: expected HOST:PORT"):
        Config().over(scrape_address="http://198.18.0.1:8470")


def test_a_token_that_can_be_guessed_is_refused(tmp_path: Path):
    path = tmp_path / "token"
    path.write_text("short\n")

    with pytest.raises(ConfigError, match="16 characters or more"):
        read_token(str(path))
    path.write_text("long enough to be a token\n")
    assert read_token(str(path)) == ("long enough to be a token",)
    assert read_token(None) == ()


RECEIVER = '[[remote_write]]\nname = "prom"\nurl = "https://198.18.0.20/api/v1/write"\n'


@pytest.mark.parametrize("wrong", ["https://me:hush-hush@198.18.0.20", "https://me@198.18.0.20"])
@pytest.mark.parametrize(
    "text",
    [
        'url = "{}"',
        '[alerts]\nalertmanager_url = "{}"',
        '[prometheus]\nurl = "{}"',
        '[grafana]\nurl = "{}"',
        '[[remote_write]]\nname = "a"\nurl = "{}"',
    ],
)
def test_a_user_in_an_address_is_refused_wherever_one_is_given(
    tmp_path: Path, text: str, wrong: str
):
    (problem,) = _problems(tmp_path, text.format(wrong))

    assert "without user and password, found some in it" in problem
    assert "198.18.0.20" not in problem


@pytest.mark.parametrize(
    "text",
    [
        '[alerts]\nalertmanager_url = "me:hush-hush@198.18.0.20"',
        '[alerts]\nalertmanager_url = "http://198.18.0.20/?token=hush-hush"',
        '[log]\nsyslog = "tls://me:hush-hush@198.18.0.20"',
        '[prometheus]\nurl = "https://me:hush-hush@198.18.0.20"',
        '[grafana]\nurl = "https://me:hush-hush@198.18.0.20"',
        'url = "https://me:hush-hush@198.18.0.20"',
        '[[remote_write]]\nname = "a"\nurl = "https://me:hush-hush@198.18.0.20"',
    ],
)
def test_a_password_in_an_address_that_is_refused_is_not_repeated(tmp_path: Path, text: str):
    (problem,) = _problems(tmp_path, text)

    assert "expected" in problem
    assert "hush-hush" not in problem


def test_receivers_of_history_are_tables_with_files_beside_the_file(tmp_path: Path):
    path = tmp_path / "collector.toml"
    more = 'window_hours = 700\nca_file = "ca.pem"\ntoken_file = "prom.token"\n'
    path.write_text(RECEIVER + more + RECEIVER.replace("prom", "vm"))

    prom, vm = load_config(path).remote_write
    assert prom == RemoteWrite(
        name="prom",
        url="https://198.18.0.20/api/v1/write",
        window_hours=700.0,
        ca_file=str(tmp_path / "ca.pem"),
        token_file=str(tmp_path / "prom.token"),
    )
    assert (vm.name, vm.window_hours, vm.job, vm.ca_file) == ("vm", 23.5, "govnet", None)


def test_every_mistake_of_a_receiver_is_told_at_its_place(tmp_path: Path):
    text = f"""\
listen = "localhost"

{RECEIVER}
# the second
[[remote_write]]
  nam = "vm"
  window_hours = 0

[[ remote_write ]]
name = "prom"
url = "ftp://198.18.0.21/"

[[remote_write]]
name = "Prom"
url = "http://user:word@198.18.0.21/"
username = "u"
"""

    assert _problems(tmp_path, text) == [
        "collector.toml:1:1: listen: expected ADDRESS:PORT, got 'localhost'",
        "collector.toml:8:1: remote_write[1].name: expected, it is missing",
        "collector.toml:8:1: remote_write[1].url: expected, it is missing",
        'collector.toml:9:3: remote_write[1].nam: unknown option; did you mean "name"?',
        "collector.toml:10:3: remote_write[1].window_hours: expected `float` > 0.0, got 0",
        ("collector.toml:13:1: remote_write[2].name: expected a name of its own, got 'prom' again"),
        (
            "collector.toml:14:1: remote_write[2].url: expected http(s)://HOST[:PORT]/PATH,"
            " got 'ftp://198.18.0.21/'"
        ),
        (
            "collector.toml:17:1: remote_write[3].name: expected small letters, digits, - and _,"
            " got 'Prom'"
        ),
        (
            "collector.toml:18:1: remote_write[3].url: expected http(s)://HOST[:PORT]/PATH without"
            " user and password, found some in it; see username and password_file"
        ),
        "collector.toml:19:1: remote_write[3].username: expected together with password_file",
    ]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ('token_file = "a"\nurl = "http://198.18.0.20/w"', "expected https, or anybody on the way"),
        ('token_file = "a"\nurl = "http://127.0.0.1/w"', None),
        ('token_file="a"\nusername="u"\npassword_file="b"\nurl="https://h/w"', "not both"),
        ('url = "https://h:0x/w"', "expected http(s)://HOST[:PORT]/PATH"),
        ('url = "https:///w"', "expected http(s)://HOST[:PORT]/PATH"),
        ('url = "https://h/w x"', "expected http(s)://HOST[:PORT]/PATH"),
    ],
)
def test_a_receiver_that_cannot_be_meant_is_refused(tmp_path: Path, more: str, problem: str | None):
    text = f'[[remote_write]]\nname = "a"\n{more}\n'
    if problem is None:
        (tmp_path / "c.toml").write_text(text)
        assert len(load_config(tmp_path / "c.toml").remote_write) == 1
        return
    (found,) = _problems(tmp_path, text)

    assert problem in found


def test_a_receiver_that_is_no_table_is_a_mistake(tmp_path: Path):
    (found,) = _problems(tmp_path, 'remote_write = "http://127.0.0.1/"\n')

    assert found.startswith("collector.toml:1:1: remote_write: expected `array`")


def test_alerts_are_a_table_and_its_mistakes_are_told_with_their_place(tmp_path: Path):
    path = tmp_path / "collector.toml"
    path.write_text('[alerts]\nalertmanager_url = "http://127.0.0.1:9093"\ndigest_at = "06:30"\n')

    assert load_config(path).alerts == Alerts(
        alertmanager_url="http://127.0.0.1:9093", digest_at="06:30"
    )

    text = """\
digest_at = "07:00"
[alerts]
  alertmanager_url = "127.0.0.1:9093"
digest_at = "7 giờ"
digest = true
"""
    assert _problems(tmp_path, text) == [
        "collector.toml:1:1: digest_at: unknown option",
        (
            "collector.toml:3:3: alerts.alertmanager_url: expected http(s)://HOST[:PORT][/PATH], "
            "got '127.0.0.1:9093'"
        ),
        (
            'collector.toml:4:1: alerts.digest_at: expected a time of day like "07:00", '
            "got '7 giờ'"
        ),
        'collector.toml:5:1: alerts.digest: unknown option; did you mean "digest_at"?',
    ]


def test_alertmanager_has_a_sign_in_like_the_other_services(tmp_path: Path):
    path = tmp_path / "collector.toml"
    path.write_text(
        '[alerts]\nalertmanager_url = "https://am.tinh.example/am/"\nusername = "govnet"\n'
        'password_file = "am-password"\nca_file = "am-ca.pem"\n'
    )

    alertmanager = load_config(path).alerts.alertmanager

    assert alertmanager is not None
    assert alertmanager.at("/api/v2/alerts") == "https://am.tinh.example/am/api/v2/alerts"
    assert alertmanager.access is not None
    assert alertmanager.access.password_file == str(tmp_path / "am-password")
    assert alertmanager.access.ca_file == str(tmp_path / "am-ca.pem")
    assert _problems(
        tmp_path,
        '[alerts]\nalertmanager_url = "http://am.tinh.example"\ntoken_file = "t"\nusername = "u"\n',
    ) == [
        (
            "collector.toml:2:1: alerts.alertmanager_url: expected https, or anybody on the way"
            " reads the token or password"
        ),
        (
            "collector.toml:3:1: alerts.token_file: expected a token or a user with password, not"
            " both"
        ),
        "collector.toml:4:1: alerts.username: expected together with password_file",
    ]


def test_mistakes_in_the_tables_of_the_doctor_are_told_with_their_place(tmp_path: Path):
    text = """\
[prometheus]
url = "http://u:geheim@prom.tinh.example"
jobs = "x"
[grafana]
url = "http://grafana.tinh.example"
token_file = "t"
username = "u"
"""

    found = _problems(tmp_path, text)

    assert found == [
        (
            "collector.toml:2:1: prometheus.url: expected http(s)://HOST[:PORT][/PATH] without"
            " user and password, found some in it; see username and password_file"
        ),
        'collector.toml:3:1: prometheus.jobs: unknown option; did you mean "job"?',
        (
            "collector.toml:5:1: grafana.url: expected https, or anybody on the way reads the"
            " token or password"
        ),
        (
            "collector.toml:6:1: grafana.token_file: expected a token or a user with password, not"
            " both"
        ),
        "collector.toml:7:1: grafana.username: expected together with password_file",
    ]
    assert "geheim" not in "".join(found)


def test_files_of_the_tables_of_the_doctor_are_beside_the_file(tmp_path: Path):
    path = tmp_path / "collector.toml"
    path.write_text('[prometheus]\nurl = "http://127.0.0.1:9090"\nca_file = "ca.pem"\n')

    found = load_config(path).prometheus

    assert (found.url, found.ca_file) == ("http://127.0.0.1:9090", str(tmp_path / "ca.pem"))
