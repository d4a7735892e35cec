"""`agent.toml`: every mistake at once, with its place; nothing secret is ever repeated."""

from pathlib import Path

import pytest

from agent.config import load
from agent.identity.keys import Identity, Keys, Secret, write_keys
from agent.places import DEFAULT_STATE_DIR
from govnet.errors import ConfigError

KEY = "5a" * 32

GOOD = f"""\
collectors = ["https://198.18.0.10:8443", "http://127.0.0.1:8480/relay/"]
ca_file = "ca.pem"
state_dir = "state"

[identity]
agent = "xa-don-duong-pc-01"
key_id = "k1"
key = "{KEY}"

[spool]
max_mib = 16
max_days = 3.5
"""


def problems_of(folder: Path, text: str) -> list[str]:
    """Return the mistakes found, without the folder's name."""
    path = folder / "agent.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load(path)
    return [problem.replace(str(folder), "") for problem in raised.value.problems]


def test_a_correct_file_is_read_with_its_files_beside_it(tmp_path: Path):
    (tmp_path / "ca.pem").write_text("-")
    path = tmp_path / "agent.toml"
    path.write_text(GOOD)

    config = load(path)

    assert [str(address) for address in config.collectors] == [
        "https://198.18.0.10:8443",
        "http://127.0.0.1:8480/relay",
    ]
    assert config.ca_file == tmp_path / "ca.pem"
    assert config.state_dir == tmp_path / "state"
    assert config.identity.key.reveal() == b"\x5a" * 32
    assert (config.spool.max_mib, config.spool.max_days) == (16, 3.5)


def test_limits_and_state_folder_have_defaults(tmp_path: Path):
    path = tmp_path / "agent.toml"
    path.write_text(
        'collectors = ["http://127.0.0.1:8480"]\n'
        f'[identity]\nagent = "a"\nkey_id = "k"\nkey = "{KEY}"\n'
    )

    config = load(path)

    assert config.state_dir == DEFAULT_STATE_DIR
    assert (config.spool.max_mib, config.spool.max_days) == (64, 7.0)
    assert config.ca_file is None


def test_the_key_is_read_from_its_file(tmp_path: Path):
    (tmp_path / "agent.key").write_text(KEY + "\n")
    path = tmp_path / "agent.toml"
    path.write_text(
        'collectors = ["http://127.0.0.1:8480"]\n'
        '[identity]\nagent = "a"\nkey_id = "k"\nkey_file = "agent.key"\n'
    )

    assert load(path).identity.key.reveal() == b"\x5a" * 32


def test_every_mistake_is_told_at_once_with_its_place(tmp_path: Path):
    text = f"""\
colectors = []
collectors = ["http://198.18.0.10:8480", 7, "https://198.18.0.10:99999"]
ca_file = "missing.pem"

[identity]
agent = "máy 1"
  key_id = ""
key = "{KEY}"
key_file = "agent.key"

[spool]
max_mib = 0
max_days = "seven"
max_day = 7
"""

    assert problems_of(tmp_path, text) == [
        "/agent.toml:1:1: colectors: unknown key; did you mean 'collectors'?",
        (
            "/agent.toml:2:1: collectors[0]: expected https:// (http:// is for this machine only), "
            "got 'http://198.18.0.10:8480'"
        ),
        (
            "/agent.toml:2:1: collectors[1]: expected https://host[:port] or "
            "{url = ..., path = ...}, got 7"
        ),
        (
            "/agent.toml:2:1: collectors[2]: expected https://host[:port], "
            "got 'https://198.18.0.10:99999' (Port out of range 0-65535)"
        ),
        "/agent.toml:3:1: ca_file: expected an existing file, got '/missing.pem'",
        (
            "/agent.toml:6:1: identity.agent: expected up to 64 letters, digits, dots, dashes and "
            "underscores, got 'máy 1'"
        ),
        "/agent.toml:7:3: identity.key_id: expected the id of the agent's key, got ''",
        "/agent.toml:9:1: identity.key_file: expected either key or key_file, found both",
        "/agent.toml:12:1: spool.max_mib: expected a whole number above 0, got 0",
        "/agent.toml:13:1: spool.max_days: expected a number above 0, got 'seven'",
        "/agent.toml:14:1: spool.max_day: unknown key; did you mean 'max_days'?",
    ]


def test_an_empty_file_names_everything_that_is_needed(tmp_path: Path):
    assert problems_of(tmp_path, 'state_dir = "state"\n') == [
        (
            '/agent.toml:1:1: collectors: expected a list like ["https://198.18.0.10:8443"], '
            "found nothing"
        ),
        (
            "/agent.toml:1:1: identity: not enrolled: run govnet-agent enrol TOKEN "
            "(there is no /state/identity.json)"
        ),
    ]


def test_an_empty_identity_names_everything_that_is_needed(tmp_path: Path):
    (tmp_path / "ca.pem").write_text("-")
    text = GOOD.replace(f'agent = "xa-don-duong-pc-01"\nkey_id = "k1"\nkey = "{KEY}"\n', "")

    assert problems_of(tmp_path, text) == [
        "/agent.toml:5:1: identity.agent: expected the agent's id, found nothing",
        (
            "/agent.toml:5:1: identity.key_file: expected the file of the agent's key, or key, "
            "found nothing"
        ),
        "/agent.toml:5:1: identity.key_id: expected the id of the agent's key, found nothing",
    ]


# --- listen ---------------------------------------------------------------------------------------


def test_no_port_may_be_opened_unless_the_file_names_an_address(tmp_path: Path):
    (tmp_path / "ca.pem").write_text("-")
    path = tmp_path / "agent.toml"
    path.write_text(GOOD)
    without = load(path).listen
    path.write_text(f'{GOOD}\n[listen]\naddress = "198.18.0.9"\n')

    assert (None, "198.18.0.9") == (without, load(path).listen)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            "[listen]",
            (
                '14:1: listen.address: expected an address of this machine like "198.18.0.9", '
                "found nothing"
            ),
        ),
        (
            '[listen]\naddress = "centre"',
            "15:1: listen.address: expected an IPv4 or IPv6 address of this machine, got 'centre'",
        ),
        (
            "[listen]\naddress = 7",
            "15:1: listen.address: expected an IPv4 or IPv6 address of this machine, got 7",
        ),
        (
            '[listen]\naddress = "198.18.0.9"\nport = 162',
            "16:1: listen.port: unknown key; expected one of address",
        ),
    ],
)
def test_a_wrong_listen_table_is_told_with_its_place(tmp_path: Path, table: str, expected: str):
    (tmp_path / "ca.pem").write_text("-")

    assert problems_of(tmp_path, f"{GOOD}\n{table}\n") == [f"/agent.toml:{expected}"]


# --- files ----------------------------------------------------------------------------------------


def test_no_files_age_may_be_told_unless_the_file_names_folders(tmp_path: Path):
    (tmp_path / "ca.pem").write_text("-")
    path = tmp_path / "agent.toml"
    path.write_text(GOOD)
    without = load(path).folders
    path.write_text(f'{GOOD}\n[files]\nfolders = ["/srv/ftp"]\n')

    assert ((), (Path("/srv/ftp"),)) == (without, load(path).folders)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            "[files]",
            '14:1: files.folders: expected a list of folders like ["/srv/ftp"], found nothing',
        ),
        (
            '[files]\nfolders = "/srv/ftp"',
            (
                '15:1: files.folders: expected a list of whole folder names like ["/srv/ftp"], '
                "got '/srv/ftp'"
            ),
        ),
        (
            '[files]\nfolders = ["ftp"]',
            (
                '15:1: files.folders: expected a list of whole folder names like ["/srv/ftp"], '
                "got ['ftp']"
            ),
        ),
    ],
)
def test_a_wrong_files_table_is_told_with_its_place(tmp_path: Path, table: str, expected: str):
    (tmp_path / "ca.pem").write_text("-")

    assert problems_of(tmp_path, f"{GOOD}\n{table}\n") == [f"/agent.toml:{expected}"]


# --- identity -------------------------------------------------------------------------------------

RENEWED = "7b" * 32
BARE = 'collectors = ["http://127.0.0.1:8480"]\nstate_dir = "state"\n'
BY_HAND = f'{BARE}[identity]\nagent = "pc-1"\nkey_id = "k1"\nkey = "{KEY}"\n'


def enrolled(folder: Path, agent: str) -> None:
    """Put a renewed key of an agent into the state folder."""
    (folder / "state").mkdir()
    write_keys(folder / "state", Keys(Identity(agent, "k2", Secret(bytes.fromhex(RENEWED)))))


@pytest.mark.parametrize(
    ("text", "agent", "expected"),
    [
        (BARE, "pc-1", ("pc-1", "k2", RENEWED)),
        (BY_HAND, "pc-1", ("pc-1", "k2", RENEWED)),
        (BY_HAND, "pc-2", ("pc-1", "k1", KEY)),
    ],
    ids=["enrolled", "by hand and renewed", "by hand, the state is another agent's"],
)
def test_the_identity_is_the_enrolled_one_unless_another_was_given_by_hand(
    tmp_path: Path, text: str, agent: str, expected: tuple[str, str, str]
):
    enrolled(tmp_path, agent)
    path = tmp_path / "agent.toml"
    path.write_text(text)

    found = load(path).identity

    assert (found.agent, found.key_id, found.key.reveal().hex()) == expected


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"v": 2}',
        b'{"v": 1, "agent": "a", "key_id": "k1", "key": "5a5a"}',
        b'{"v": 1, "agent": 1, "key_id": "k1", "key": "' + b"5a" * 32 + b'"}',
        b'{"v": 1, "agent": "a", "key_id": "k1", "next": 7, "key": "' + b"5a" * 32 + b'"}',
    ],
)
def test_a_damaged_identity_is_told_and_never_repeated(tmp_path: Path, content: bytes):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "identity.json").write_bytes(content)

    (problem,) = problems_of(tmp_path, BARE)

    assert problem == (
        "/agent.toml:2:1: /state/identity.json: not as `govnet-agent enrol` writes it: "
        "run `govnet-agent enrol TOKEN` again"
    )


def test_https_needs_the_ca_of_the_collector(tmp_path: Path):
    text = GOOD.replace('ca_file = "ca.pem"\n', "")

    assert problems_of(tmp_path, text) == [
        (
            "/agent.toml:1:1: ca_file: expected the file of the collector's CA, "
            "needed for https://, found nothing"
        ),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('collectors = ["x"', "/agent.toml:1:18: Unclosed array"),
        ("[identity]\nagent = x\n", "/agent.toml:2:9: Invalid value"),
        ("agent = 1\nagent = 2\n", "/agent.toml:2:10: Cannot overwrite a value"),
    ],
)
def test_a_mistake_in_the_toml_has_line_and_column(tmp_path: Path, text: str, expected: str):
    assert problems_of(tmp_path, text) == [expected]


def test_a_wrong_key_is_described_and_never_repeated(tmp_path: Path):
    (tmp_path / "ca.pem").write_text("-")
    nearly = KEY[:-1] + "z"

    (problem,) = problems_of(tmp_path, GOOD.replace(KEY, nearly))

    assert problem == "/agent.toml:8:1: identity.key: expected 64 hex digits, got 64 characters"


def test_a_missing_file_is_told_without_a_traceback(tmp_path: Path):
    with pytest.raises(ConfigError) as raised:
        load(tmp_path / "agent.toml")

    english, vietnamese = raised.value.problems
    assert english.startswith(f"{tmp_path / 'agent.toml'}: expected the agent's file, found none")
    assert "govnet-agent enrol MÃ" in vietnamese


def test_a_secret_does_not_show(tmp_path: Path):
    (tmp_path / "ca.pem").write_text("-")
    path = tmp_path / "agent.toml"
    path.write_text(GOOD)

    shown = repr(load(path)) + str(Secret(b"abc")) + f"{Secret(b'abc')}"

    assert KEY not in shown
    assert "ZZZZ" not in shown
    assert "abc" not in shown


def test_the_first_collector_is_on_the_dedicated_network_and_later_ones_on_the_internet(
    tmp_path: Path,
):
    text = f"""
collectors = [
  "http://127.0.0.1:1",
  {{url = "http://127.0.0.1:2"}},
  {{url = "http://127.0.0.1:3", path = "tslcd"}},
]
[identity]
agent = "a"
key_id = "k1"
key = "{"5a" * 32}"
"""
    file = tmp_path / "agent.toml"
    file.write_text(text, encoding="utf-8")

    assert [(one.port, one.path) for one in load(file).collectors] == [
        (1, "tslcd"),
        (2, "internet"),
        (3, "tslcd"),
    ]


def test_a_collectors_path_is_one_of_two_words(tmp_path: Path):
    text = """collectors = [{url = "http://127.0.0.1:1", path = "wifi"}, {url = "x", pth = ""}]
[identity]
agent = "a"
key_id = "k1"
key = "5a"
"""

    assert problems_of(tmp_path, text)[:2] == [
        "/agent.toml:1:1: collectors[0]: path: expected tslcd or internet, got 'wifi'",
        "/agent.toml:1:1: collectors[1]: unknown key 'pth'; did you mean 'path'?",
    ]
