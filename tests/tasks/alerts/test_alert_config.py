"""The section [alerts] of the settings: typed, checked against the rules, clear about mistakes."""

import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from tasks.alerts.alert_config import CONFIG, AlertConfig, alerts_from, configured_alerts
from tasks.alerts.config_file import SETTINGS, WrongSettings, read_toml
from tasks.alerts.rules.registry import RULES
from tasks.delivery.targets import Target
from vaxwatch.settings import load_settings

EXAMPLE = Path(__file__).resolve().parents[3] / "deployments" / "vaxwatch.example.toml"


def read(text: str) -> AlertConfig:
    """Return the section in a text of TOML."""
    return alerts_from(tomllib.loads(text)["alerts"], where="x.toml")


def test_the_section_sets_what_the_rules_see() -> None:
    """Thresholds by rule, disabled rules with a reason, countries by code or name."""
    config = read(
        """
        [alerts]
        operator = "Desk"
        watch_list = ["prk", "Haiti"]
        shadow_versions = 0
        [alerts.rules.R1]
        least_fall = 0.2
        least_doses = 5_000
        [alerts.rules.R9]
        enabled = false
        reason = "Not ours."
        """
    )
    assert (config.operator, config.shadow_versions) == ("Desk", 0)
    assert config.rules.watch_list == {"PRK", "HTI"}
    assert config.rules.thresholds == {"R1": {"least_fall": 0.2, "least_doses": 5_000}}
    assert config.rules.disabled == {"R9"}
    assert config.reasons == {"R9": "Not ours."}
    assert alerts_from({}, where="x.toml") == CONFIG


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_default_can_be_written_down(rule: object) -> None:
    """What a rule has by itself is a possible threshold."""
    assert isinstance(rule, type(RULES[0]))
    values = {name: one.value for name, one in rule.parameters.items()}
    config = alerts_from({"rules": {rule.id: values}}, where="x.toml")
    assert rule.thresholds(config.rules) == values


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("alerts = 3", "x.toml: alerts is 3; expected a table of settings."),
        ("[alerts]\nwatchlist = []", "no setting 'watchlist'. Did you mean watch_list?"),
        ("[alerts]\noperator = 3", "alerts.operator is 3; expected a name in quotes."),
        ("[alerts]\nwatch_list = 'PRK'", 'expected a list of country codes, such as ["PRK"].'),
        ("[alerts]\nwatch_list = ['PRX']", "An entry of x.toml: alerts.watch_list is 'PRX'; exp"),
        ("[alerts]\nshadow_versions = -1", "expected a whole number from 0 to 1,000."),
        ("[alerts]\nshadow_versions = true", "alerts.shadow_versions is True; expected a whole"),
        ("[alerts]\nrules = 3", "alerts.rules is 3; expected a table of settings."),
        ("[alerts.rules]\nR1 = 3", "alerts.rules.R1 is 3; expected a table of settings."),
        ("[alerts.rules.R111]", "there is no rule 'R111'. Did you mean R11"),
        ("[alerts.rules.R1]\nleast_fal = 1", "no threshold of R1 'least_fal'. Did you mean"),
        (
            "[alerts.rules.R1]\nleast_fall = 20",
            "alerts.rules.R1.least_fall is 20; expected a share from 0 to 1 (default 0.1: ",
        ),
        ("[alerts.rules.R1]\nleast_fall = true", "expected a share from 0 to 1"),
        ("[alerts.rules.R1]\nleast_fall = nan", "expected a share from 0 to 1"),
        ("[alerts.rules.R1]\nleast_doses = -1", "expected a number that is 0 or more (default 10,"),
        ("[alerts.rules.R1]\nleast_doses = inf", "expected a number that is 0 or more"),
        ("[alerts.rules.R9]\nopens_below_chance = 0", "expected a chance above 0 and below 1"),
        ("[alerts.rules.R9]\nenabled = 0", "alerts.rules.R9.enabled is 0; expected true or false."),
        ("[alerts.rules.R9]\nenabled = false", "expected why the rule is disabled, a sentence."),
        ("[alerts.rules.R9]\nreason = 3", "expected a sentence in quotes."),
    ],
)
def test_a_mistake_has_place_expectation_and_next_step(text: str, mistake: str) -> None:
    """One sentence for each."""
    with pytest.raises(WrongSettings) as caught:
        read(text)
    [sentence] = caught.value.mistakes
    assert mistake in sentence
    assert sentence.startswith(("x.toml: alerts", "An entry of x.toml: alerts"))
    assert sentence.endswith("Mend it there.")


def test_all_mistakes_are_reported_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of all sections of the file."""
    file = tmp_path / "vaxwatch.toml"
    file.write_text("lak = 3\nallow_private = 3\n[alerts]\noperator = 3\nwatch_list = 3\n")
    monkeypatch.setenv("VAXWATCH_CONFIG", str(file))
    with pytest.raises(WrongSettings) as caught:
        load_settings()
    assert [sentence.partition(";")[0] for sentence in caught.value.mistakes] == [
        f"{file} sets lak, which is no setting",
        f"Settings in {file} are wrong: allow_private is 3",
        f"{file}: alerts.operator is 3",
        f"{file}: alerts.watch_list is 3",
    ]


def test_the_example_is_right_as_it_is_and_with_every_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is commented out can be used as it stands."""
    monkeypatch.setenv("VAXWATCH_CONFIG", str(EXAMPLE))
    assert configured_alerts() == load_settings().alerts == CONFIG
    whole = tmp_path / "vaxwatch.toml"
    lines = EXAMPLE.read_text("utf-8").splitlines()
    whole.write_text("\n".join(line.removeprefix("#") for line in lines if line[:2] != "# "))
    monkeypatch.setenv("VAXWATCH_CONFIG", str(whole))
    settings = load_settings()
    assert settings.alerts.rules.watch_list == {"PRK"}
    assert settings.alerts.rules.disabled == {"R9"}
    assert {*settings.origins} == {*SETTINGS}
    (newsroom,) = tomllib.loads(whole.read_text("utf-8"))["targets"]
    assert {*newsroom, "url"} == {field.name for field in fields(Target)}
    assert settings.targets[0].countries == ("PRK", "HTI")


def test_a_file_that_begins_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    """So the editors of Windows save UTF-8."""
    file = tmp_path / "vaxwatch.toml"
    file.write_bytes(b"\xef\xbb\xbf" + b'contact = "desk@example.org"\n')
    assert read_toml(file) == {"contact": "desk@example.org"}
