import os
from pathlib import Path

import pytest

from schemas.errors import WrongUse
from vaxwatch.commands.command_runner import Asked
from vaxwatch.settings import Settings, export_settings, load_settings


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, with no setting in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("VAXWATCH_")]:
        monkeypatch.delenv(name)
    return tmp_path


def test_the_lake_is_in_the_working_directory_by_default() -> None:
    """Nothing set means ./lake."""
    assert load_settings().lake == "./lake"


def test_option_beats_environment_beats_file(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The nearer to the command, the stronger."""
    (empty_folder / "vaxwatch.toml").write_text('lake = "from-file"\n')
    assert load_settings().lake == "from-file"
    monkeypatch.setenv("VAXWATCH_LAKE", "from-environment")
    assert load_settings().lake == "from-environment"
    assert load_settings("s3://from/option").lake == "s3://from/option"


def test_a_file_elsewhere_is_named_by_the_environment(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """VAXWATCH_CONFIG beats vaxwatch.toml here."""
    (empty_folder / "vaxwatch.toml").write_text('lake = "here"\n')
    other = empty_folder / "other.toml"
    other.write_text('contact = "a@example.org"\n[sources.unicef_market]\nurl = "https://b"\n')
    monkeypatch.setenv("VAXWATCH_CONFIG", str(other))
    settings = load_settings()
    assert (settings.lake, settings.contact) == ("./lake", "a@example.org")
    assert settings.sources["unicef_market"] == "https://b"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lake = ", "is no TOML"),
        ('lak = "x"', "sets lak, which is no setting"),
        pytest.param(f"lake = {'[' * 100_000}", "is no TOML", id="deep"),
        ("lake = 3", "lake is 3; expected a text"),
        ('lake = " "', "lake is ' '; expected a folder or s3://bucket/prefix"),
        *(
            (f'[sources.find_tests]\nurl = "{url}"', "sources.find_tests.url is '")
            for url in ("ftp://a/b", "file:///a", "http://", "http://[::1", "example.org", "a b")
        ),
        ('wayback = "archive.org"', "wayback is 'archive.org'; expected an http:// or https://"),
        ('site_png = "many"', "site_png is 'many'; expected alerts or all"),
        ('allow_private = "perhaps"', "allow_private is 'perhaps'; expected true or false"),
        ('[sources.a]\nlink = "x"', "sources.a.link"),
        ("sources = 3", "sources is 3"),
        ("sources.find_tests = 3", "sources.find_tests is 3"),
        ("sources.find_tests.url = 3", "sources.find_tests.url is 3"),
        ('contact = "B\u00fcro <a@example.org>"', "expected an e-mail or web address in ASCII"),
        ('contact = "a@example.org\\nHost: b"', "expected an e-mail or web address in ASCII"),
    ],
)
def test_a_mistake_in_the_file_is_reported(empty_folder: Path, text: str, message: str) -> None:
    """The message has the file, the place and the known names."""
    (empty_folder / "vaxwatch.toml").write_text(text)
    with pytest.raises(WrongUse) as caught:
        load_settings()
    assert message in str(caught.value)
    assert "vaxwatch.toml" in str(caught.value)


def test_an_unknown_source_is_reported_with_the_place_that_sets_it(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file that VAXWATCH_CONFIG names, or the variable: where the name is to be mended."""
    other = empty_folder / "other.toml"
    other.write_text('[sources.unicef]\nurl = "https://b"\n')
    monkeypatch.setenv("VAXWATCH_CONFIG", str(other))
    with pytest.raises(WrongUse, match=r"other\.toml sets \[sources\.unicef\].*unicef_market"):
        load_settings()
    monkeypatch.delenv("VAXWATCH_CONFIG")
    monkeypatch.setenv("VAXWATCH_SOURCES", '{"who": {"url": "https://b"}}')
    with pytest.raises(WrongUse, match=r"VAXWATCH_SOURCES sets \[sources\.who\]"):
        load_settings()


def test_a_named_file_that_is_missing_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong VAXWATCH_CONFIG is never passed over."""
    monkeypatch.setenv("VAXWATCH_CONFIG", "nowhere.toml")
    with pytest.raises(WrongUse, match=r"nowhere\.toml, which is no file"):
        load_settings()


@pytest.mark.parametrize("kind", ["folder", "link to nothing", "queue"])
def test_what_has_the_name_of_the_file_and_is_none_is_reported(
    empty_folder: Path, kind: str
) -> None:
    """Settings that are not there, such as waivers and targets, are never passed over."""
    place = empty_folder / "vaxwatch.toml"
    if kind == "folder":
        place.mkdir()
    elif kind == "queue":
        os.mkfifo(place)
    else:
        place.symlink_to("nowhere")
    with pytest.raises(WrongUse, match="is no file"):
        load_settings()


def test_an_option_without_an_address_is_no_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script gives one where its variable is not set; an empty VAXWATCH_LAKE is none."""
    with pytest.raises(WrongUse, match="--lake are wrong: lake is ''"):
        load_settings("")
    monkeypatch.setenv("VAXWATCH_LAKE", "")
    assert load_settings().lake == "./lake"
    asked = Asked(lake="").over(Asked(lake="other", debug=True))
    assert (asked.lake, asked.debug, asked.verbose) == ("", True, False)
    assert Asked().over(Asked(lake="other")).lake == "other"


def test_an_invalid_environment_variable_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources in the environment are JSON."""
    monkeypatch.setenv("VAXWATCH_SOURCES", "{")
    with pytest.raises(WrongUse, match="environment"):
        load_settings()


def test_settings_are_exported_for_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment has already stays."""
    for name in ("VAXWATCH_CONTACT", "VAXWATCH_WAYBACK", "VAXWATCH_ALLOW_PRIVATE"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("VAXWATCH_CONTACT", "b@example.org")
    archive = "https://archive.example.org"
    export_settings(Settings(contact="a@example.org", wayback=archive, allow_private=False))
    assert os.environ["VAXWATCH_CONTACT"] == "b@example.org"
    assert os.environ["VAXWATCH_WAYBACK"] == archive
    assert "VAXWATCH_ALLOW_PRIVATE" not in os.environ


def test_whether_we_may_be_sent_into_the_house_is_a_setting(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by default; the file or the environment allow it, and the message gives the steps."""
    assert not load_settings().allow_private
    (empty_folder / "vaxwatch.toml").write_text("allow_private = true\n")
    assert load_settings().allow_private
    monkeypatch.setenv("VAXWATCH_ALLOW_PRIVATE", "")
    monkeypatch.delenv("VAXWATCH_ALLOW_PRIVATE")
    export_settings(load_settings())
    assert os.environ["VAXWATCH_ALLOW_PRIVATE"] == "true"
