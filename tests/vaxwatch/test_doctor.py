"""doctor and config check: what is ready, what is not, and the next step."""

import os
import re
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from tests.vaxwatch.lakes import Ask
from vaxwatch.settings import READ

ROOT = Path(__file__).resolve().parents[2]

WAIVER = """
[[waivers]]
rule = "R11"
dataset = "find_tests.tests"
reason = "Reported to FIND."
owner = "a@example.org"
expires = 2021-12-31
"""


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Work without variables of ours, of Prefect or of AWS."""
    for name in list(os.environ):
        if name.startswith(("VAXWATCH_", "PREFECT_", "AWS_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def steps(ask: Ask, *words: str, at: Path | str | None, code: int) -> dict[str, str]:
    """Return the next step of each check of `doctor --json`, empty where all is well."""
    answer = ask("doctor", *words, "--json", at=at)
    assert answer.code == code
    assert answer.document["ok"] == (code == 0)
    return {check["check"]: check["next_step"] for check in answer.document["checks"]}


def test_a_ready_machine_is_ready_and_nothing_is_left(ask: Ask, tmp_path: Path) -> None:
    """Each check is one line; the lake's folder stays as it was, or is not made."""
    folder = tmp_path / "lake"
    assert set(steps(ask, at=folder, code=0).values()) == {""}
    assert not folder.exists()
    folder.mkdir()
    answer = ask("doctor", at=folder)
    assert answer.code == 0
    assert list(folder.iterdir()) == []
    assert "nothing was ever ingested there" in answer.out


@pytest.mark.parametrize(
    ("address", "check"),
    [("s3:/x", "lake"), ("s3://bucket/x", "credentials"), ("/proc/none/lake", "lake")],
)
def test_a_lake_that_cannot_be_used_is_a_problem(ask: Ask, address: str, check: str) -> None:
    """A wrong address, no credentials, and a place where no folder can be made."""
    assert steps(ask, at=address, code=1)[check]


def test_a_missing_bucket_and_unknown_credentials_differ(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that answers knows the credentials, or lacks the bucket."""
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        answer = ask("doctor", at="s3://no-such-bucket/lake")
        assert answer.code == 1
        assert "there is no bucket 'no-such-bucket'" in " ".join(answer.out.split())
        reading = ask("asof", "unicef_market.allocations", "latest", at="s3://no-such-bucket/lake")
        assert reading.code == 2
        assert "there is no bucket 'no-such-bucket'" in reading.err
    finally:
        server.stop()


def test_wrong_settings_and_a_silent_prefect_are_problems(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Doctor goes on after a mistake in the file; config check is exit code 2 for it."""
    (tmp_path / "vaxwatch.toml").write_text("lak = 3\n")
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    found = steps(ask, at=None, code=1)
    assert found["settings"] == "vaxwatch config check"
    assert found["Prefect"]
    assert ask("config", "check", at=None).code == 2


def test_config_check_shows_what_sets_each_setting(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The option beats the variable beats the file beats the default; passwords are left out."""
    file = tmp_path / "vaxwatch.toml"
    file.write_text(
        'contact = "a@example.org"\n[sources.find_tests]\nurl = "https://me:key@a.org/b"\n' + WAIVER
    )
    monkeypatch.setenv("VAXWATCH_CONTACT", "b@example.org")
    document = ask("config", "check", "--json", at="lake").document
    shown = {one["name"]: (one["value"], one["set_by"]) for one in document["settings"]}
    assert shown.pop("alerts.rules.R1.least_fall") == (0.1, "default")
    assert shown.pop("alerts.shadow_versions") == (4, "default")
    assert {name: one for name, one in shown.items() if not name.startswith("alerts.")} == {
        "lake": ("lake", "--lake"),
        "contact": ("b@example.org", "VAXWATCH_CONTACT"),
        "wayback": ("", "default"),
        "allow_private": (False, "default"),
        "public_base_url": ("", "default"),
        "site_png": ("", "default"),
        "log": ("", "default"),
        "marts": (True, "default"),
        "sources.find_tests.url": ("https://a.org/b", "vaxwatch.toml"),
    }
    assert [waiver["is_in_force"] for waiver in document["waivers"]] == [False]
    assert "every setting is right" in ask("config", "check").out


def test_config_check_refuses_a_misspelt_variable_and_waiver(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable that sets nothing, and a waiver that silences nothing, are exit code 2."""
    monkeypatch.setenv("VAXWATCH_LAEK", "x")
    answer = ask("config", "check", "--json")
    assert answer.code == 2
    assert "VAXWATCH_LAKE" in answer.document["error"]
    monkeypatch.delenv("VAXWATCH_LAEK")
    (tmp_path / "vaxwatch.toml").write_text(WAIVER.replace("R11", "R111"))
    assert ask("config", "check").code == 2


def test_config_check_knows_every_variable_that_documents_name(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever follows them is not asked to unset it: what a backfill, compose or make reads."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deployments/*.*")]
    texts = [page.read_text("utf-8") for page in (*pages, ROOT / "Makefile")]
    named = {name for text in texts for name in re.findall(r"VAXWATCH_[A-Z_]+[A-Z]", text)}
    others = named - {f"VAXWATCH_{name.upper()}" for name in (*READ, "config")}
    assert {"VAXWATCH_DASK_ADDRESS", "VAXWATCH_SETTINGS", "VAXWATCH_POSTGRES"} <= others
    for name in others:
        monkeypatch.setenv(name, "tcp://127.0.0.1:8786")
    answer = ask("config", "check", at="lake")
    assert (answer.code, answer.err) == (0, "")


def test_config_check_covers_the_addresses_of_targets(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One in the file that is none is exit code 2; a variable that is not set here is noted."""
    file = tmp_path / "vaxwatch.toml"
    monkeypatch.delenv("DESK_URL", raising=False)
    file.write_text('[[targets]]\nname = "desk"\nurl_env = "DESK_URL"\n')
    answer = ask("config", "check", at="lake")
    assert (answer.code, answer.err) == (0, "vaxwatch: Target desk: DESK_URL is not set here.\n")
    monkeypatch.setenv("DESK_URL", "json://127.0.0.1:9/in")
    assert ask("config", "check", at="lake").err == ""
    file.write_text('[[targets]]\nname = "desk"\nurl = "desk@example.org"\n')
    answer = ask("config", "check", at="lake")
    assert (answer.code, "Target desk: its url is no address" in answer.err) == (2, True)
