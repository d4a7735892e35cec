"""Where an enrolment token may be laid, and what becomes of it when it was used."""

from pathlib import Path
from typing import Any, Self

import pytest

from agent.enrolment.files import service_sid
from agent.enrolment.laid import FilePlaces, RegistryPlace, take_away, usual_place
from govnet.enrolment import EnrolmentToken
from govnet.errors import ConfigError
from tests.unit.agent_identity.enrolling import SECRET


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_of_two_tokens_the_first_place_counts_and_both_are_taken_away(
    tmp_path: Path, encoding: str
):
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("\ufeffgn1.first\r\n", encoding=encoding)
    second.write_text("gn1.second DTR")
    places = FilePlaces([tmp_path / "none", first, second])

    found = places.read()
    assert found is not None
    assert (found.text, found.code) == ("gn1.first", "")

    take_away(places)
    assert not first.exists()
    assert not second.exists()
    assert places.read() is None


def test_an_empty_file_is_no_token(tmp_path: Path):
    file = tmp_path / "token"
    file.write_text(" \n")

    assert FilePlaces([file]).read() is None


def test_a_token_that_cannot_be_removed_is_told_and_the_agent_runs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    file = tmp_path / "token"
    file.write_text("gn1.secret")

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    monkeypatch.setattr("agent.enrolment.laid.os.truncate", refuse)
    take_away(FilePlaces([file]))

    (said,) = caplog.records
    assert said.message == "the enrolment token stays; remove it by hand"
    assert "gn1." not in str(said.__dict__)


def test_a_token_whose_folder_is_not_ours_is_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = tmp_path / "token"
    file.write_text("gn1.secret")

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    take_away(FilePlaces([file]))

    assert file.read_bytes() == b""


def test_a_token_that_may_not_be_read_is_told(tmp_path: Path):
    (tmp_path / "token").mkdir()

    with pytest.raises(ConfigError, match="token: cannot be read"):
        FilePlaces([tmp_path / "token"]).read()


def test_a_credential_of_the_service_goes_before_the_usual_file(tmp_path: Path):
    (tmp_path / "enrol-token").write_text("gn1.handed-over")

    found = usual_place(None, {"CREDENTIALS_DIRECTORY": str(tmp_path)}).read()

    assert found is not None
    assert found.text == "gn1.handed-over"


class Registry:
    """`winreg`, as far as it is used."""

    HKEY_LOCAL_MACHINE, KEY_SET_VALUE, REG_SZ = 1, 2, 1

    def __init__(self, values: dict[str, str]) -> None:
        self.values = values

    def OpenKey(self, _root: int, path: str, *_: int) -> "Registry":  # noqa: N802 - of winreg
        assert path == r"SOFTWARE\govnet\Agent"
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close the key."""

    def QueryValueEx(self, _key: Any, name: str) -> tuple[str, int]:  # noqa: N802 - of winreg
        if name not in self.values:
            raise FileNotFoundError(2, name)
        return self.values[name], self.REG_SZ

    def SetValueEx(self, _key: Any, name: str, _: int, _kind: int, value: str) -> None:  # noqa: N802 - of winreg
        self.values[name] = value


def test_the_installers_registry_values_are_a_token_a_site_and_addresses_to_try_first():
    token = EnrolmentToken(("https://one.example", "https://two.example"), "0a" * 32, SECRET)
    registry = Registry(
        {
            "Token": token.text(),
            "Site": "DTR",
            "CollectorUrl": "https://relay.example:8470, https://two.example",
        }
    )
    place = RegistryPlace(registry)

    found = place.read()

    assert found is not None
    assert found.code == "DTR"
    assert found.token().collectors == (
        "https://relay.example:8470",
        "https://two.example",
        "https://one.example",
    )
    assert found.token().ca == token.ca
    assert SECRET not in repr(found)
    assert token.text() not in repr(found)

    take_away(place)
    assert registry.values["Token"] == ""
    assert registry.values["Site"] == "DTR"
    assert place.read() is None


def test_a_registry_without_the_installers_key_holds_no_token():
    assert RegistryPlace(Registry({})).read() is None


def test_the_windows_services_identifier_is_made_of_its_name():
    """Windows' own installer service shows that the rule is right."""
    trusted_installer = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"

    assert service_sid("TrustedInstaller") == trusted_installer
