import os
from typing import Any

import pytest

from schemas.errors import WrongUse
from tasks.alerts.config_file import WrongSettings
from tasks.delivery.addresses import address_of, require_usable, without_secrets
from tasks.delivery.target_config import targets_from
from tasks.delivery.targets import Target

SECRET = "CANARYpw"


def target(**fields: Any) -> Target:
    """Return the target of one table."""
    (found,) = targets_from([{"name": "desk", "url_env": "DESK", **fields}], where="vaxwatch.toml")
    return found


def test_a_target_needs_a_name_and_an_address_only() -> None:
    """Everything else has a default: all alerts, all lanes, no heartbeat."""
    assert target() == Target(name="desk", url_env="DESK")
    full = target(
        sources=["undp_*", "unicef_market.allocations"],
        countries=["PRK", "XKX"],
        rules=["R1"],
        severities=["critical"],
        lanes=["immediate"],
        confirmed_only=True,
        heartbeat=True,
        silence=False,
    )
    assert (full.countries, full.lanes, full.heartbeat) == (("PRK", "XKX"), ("immediate",), True)
    assert (full.confirmed_only, full.silence) == (True, False)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "The desk"}, "seen the name 'The desk'; expected up to 41 lower-case letters"),
        ({"url": "json://127.0.0.1"}, "expected url_env or url, and not both"),
        ({"url_env": ""}, "url_env is no text, or empty"),
        ({"country": ["PRK"]}, "country is nothing that a target has"),
        ({"countries": "PRK"}, "countries is no list of texts"),
        ({"countries": ["PKR"]}, "countries has 'PKR', which matches nothing. Near it: UKR, PRY"),
        ({"sources": ["unicef"]}, "sources has 'unicef', which matches nothing. Near it: unicef_"),
        ({"rules": ["R99"]}, "rules has 'R99', which matches nothing"),
        ({"severities": ["bad"]}, "severities has 'bad', which matches nothing"),
        ({"lanes": ["feed"]}, "lanes has 'feed', which matches nothing"),
        ({"heartbeat": "yes"}, "heartbeat is 'yes'"),
    ],
)
def test_a_mistake_is_named_with_its_place(fields: dict[str, Any], message: str) -> None:
    """And with what is expected: a misspelt target would stay silent."""
    with pytest.raises(WrongUse) as error:
        target(**fields)
    assert str(error.value).startswith("vaxwatch.toml, target 1: ")
    assert message in str(error.value)


def test_all_mistakes_of_all_targets_are_named_at_once() -> None:
    """A file is mended in one go."""
    first = {"name": "The desk", "url_env": "A", "lanes": ["feed"], "heartbeat": 1, "to": "x"}
    second = {"name": "b", "url": f"json://me:{SECRET}@example.org", "rules": ["R99", "R98"]}
    with pytest.raises(WrongSettings) as error:
        targets_from([first, {"name": "ok", "url_env": "B"}, second, 3], where="x.toml")
    of_first = [one for one in error.value.mistakes if one.startswith("x.toml, target 1: ")]
    assert len(error.value.mistakes) == 6
    assert "heartbeat is 1; to is nothing that a target has; seen the name" in of_first[0]
    assert "lanes has 'feed'" in of_first[1]
    assert "x.toml, target 4: what stands there is no table" in error.value.mistakes[5]
    assert SECRET not in str(error.value)


def test_countries_have_names_and_an_empty_list_is_none() -> None:
    """As in the watch-list; a target without lanes would never get anything."""
    found = target(countries=["prk", "Haiti", "M*"], lanes=[], rules=[])
    assert found == Target(name="desk", url_env="DESK", countries=("PRK", "HTI", "M*"))
    with pytest.raises(WrongUse, match=r"which matches nothing. Expected a code or a name"):
        target(countries=["Atlantis"])


def test_an_address_in_the_place_of_a_variable_is_not_shown() -> None:
    """It is where a token is pasted by mistake."""
    with pytest.raises(WrongUse, match="url_env is no name of an environment variable") as error:
        target(url_env=f"slack://{SECRET}/{SECRET}/{SECRET}")
    assert SECRET not in str(error.value)


@pytest.mark.parametrize("listed", [3, {}, ["x"], [{"name": "a", "url_env": "A"}] * 2])
def test_what_is_no_list_of_targets_is_refused(listed: object) -> None:
    """So are two targets of one name, whose receipts would be one."""
    with pytest.raises(WrongUse, match=r"^vaxwatch\.toml"):
        targets_from(listed, where="vaxwatch.toml")


@pytest.mark.parametrize(
    "url",
    [
        f"mailtos://me:{SECRET}@example.org",
        f"alertmanager+https://example.org/hook?token={SECRET}",
        f"json://me:{SECRET}@example.org/in",
    ],
)
def test_an_address_with_a_secret_is_refused_in_the_file(url: str) -> None:
    """Without showing it."""
    with pytest.raises(WrongUse, match="its url has a secret in it") as error:
        targets_from([{"name": "desk", "url": url}], where="vaxwatch.toml")
    assert SECRET not in str(error.value)


def test_a_secret_that_apprise_alone_knows_is_refused_before_it_is_used() -> None:
    """A token of a chat is part of the path."""
    url = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general"
    (found,) = targets_from([{"name": "desk", "url": url}], where="vaxwatch.toml")
    with pytest.raises(WrongUse, match="has a secret in it") as error:
        require_usable(found, address_of(found, {}))
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in str(error.value)
    require_usable(Target(name="desk", url_env="DESK"), url)
    require_usable(Target(name="desk", url="json://127.0.0.1:8080/in"), "json://127.0.0.1:8080/in")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "the environment variable DESK is not set"),
        (f"me:{SECRET}", "DESK is no address"),
        (f"nosuch://me:{SECRET}@example.org", "apprise cannot read its address, of scheme nosuch"),
        (f"alertmanager+http://[::1/{SECRET}", "what follows the [+] of its address is no web"),
        (f"cloudevents+https://example.org:{SECRET}/in", "what follows the [+] of its address"),
        (f"alertmanager+https://exam ple.org/{SECRET}", "what follows the [+] of its address"),
    ],
)
def test_an_address_that_cannot_be_used_is_a_sentence_without_it(
    value: str | None, message: str
) -> None:
    """It says what to do where."""
    with pytest.raises(WrongUse, match=message) as error:
        require_usable(target(), address_of(target(), {"DESK": value} if value else {}))
    assert SECRET not in str(error.value)


def test_an_error_shows_nothing_of_an_address_but_its_host() -> None:
    """Also where a part of it is quoted, or decoded."""
    address = "alertmanager+https://me:p%40ssword@example.org:8443/T0KEN/path?auth=abcd1234"
    text = f"POST {address} refused: p@ssword, T0KEN, abcd1234 at example.org\nwithin 5 s"
    shown = without_secrets(text, address)
    assert "example.org" in shown
    assert not [part for part in ("ssword", "T0KEN", "abcd1234", "\n") if part in shown]
    assert os.linesep not in shown
