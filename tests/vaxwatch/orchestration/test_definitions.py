import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.client.schemas.schedules import IntervalSchedule

from schemas.errors import WrongUse
from tasks.sources import SOURCES
from vaxwatch.orchestration.definitions import ANCHOR, definitions
from vaxwatch.orchestration.prefect_file import PREFECT_FILE, deployment_entries, off


def test_every_source_is_served_with_the_lake_given() -> None:
    """The lake of the command line replaces the one of the file; a relative one is made lasting."""
    deployments = definitions(PREFECT_FILE, lake="lake")
    assert {one.parameters["lake"] for one in deployments} == {str(Path("lake").resolve())}
    scheduled = [one for one in deployments if one.schedules]
    assert {one.parameters["source"] for one in scheduled if "ingest" in one.tags} == {
        one.name for one in SOURCES
    }
    assert all(one.concurrency_limit == 1 for one in deployments)
    assert {one.entrypoint for one in deployments if "ingest" in one.tags} == {
        "flows.ingest_snapshot.ingest_snapshot"
    }


def test_what_people_start_by_hand_is_served_without_a_schedule() -> None:
    """Backfill, rebuild and replay can be run from Prefect's pages, whoever serves them."""
    by_hand = {one.name for one in definitions(PREFECT_FILE, lake="lake") if not one.schedules}
    assert by_hand >= {"backfill", "rebuild", "replay"}


def test_workers_take_fresh_runs_first_and_send_heartbeats() -> None:
    """With a work pool each deployment has its queue, and no run sends telemetry."""
    deployments = definitions(PREFECT_FILE, lake="s3://bucket/lake", pool="other")
    assert {one.work_pool_name for one in deployments} == {"other"}
    queues = {one.name: one.work_queue_name for one in deployments}
    assert {queues["ingest-who_cases"], queues["backfill"]} == {"fresh", "backfill"}
    for one in deployments:
        assert one.job_variables["env"]["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"] == "30"
        assert one.job_variables["env"]["DO_NOT_TRACK"] == "1"


def test_schedules_that_are_off_in_the_file_are_listed_with_their_reason() -> None:
    """Sources that come by hand or have ended are not polled; they are listed."""
    active = {
        one.parameters["source"]: [schedule.active for schedule in one.schedules or []]
        for one in definitions(PREFECT_FILE, lake="lake")
        if "ingest" in one.tags and one.schedules
    }
    resting = [one.name for one in SOURCES if one.by_hand or one.ended]
    assert active == {one.name: [one.name not in resting] for one in SOURCES}
    sentences = off(deployment_entries(PREFECT_FILE))
    assert sorted(sentence.split(" is off. ")[0] for sentence in sentences) == sorted(
        f"ingest-{name}" for name in resting
    )
    assert all("Switched off: " in sentence for sentence in sentences)


def test_a_file_in_which_all_is_off_is_wrong_use(tmp_path: Path) -> None:
    """A process that would wait for ever is not started."""
    path = tmp_path / "prefect.yaml"
    path.write_text(
        "deployments:\n"
        "  - name: never\n"
        "    entrypoint: flows/ingest_snapshot.py:ingest_snapshot\n"
        "    schedules: [{interval: 5, active: false}]\n"
    )
    with pytest.raises(
        WrongUse, match=r"no active schedule\. never is off\. The file does not say"
    ):
        definitions(path, lake="lake")


def test_schedules_in_seconds_are_understood(tmp_path: Path) -> None:
    """An interval is a number of seconds, as `prefect deploy` reads it."""
    path = tmp_path / "prefect.yaml"
    path.write_text(
        "deployments:\n"
        "  - name: often\n"
        "    entrypoint: flows/ingest_snapshot.py:ingest_snapshot\n"
        "    parameters: {source: unicef_market}\n"
        "    schedules: [{interval: 5}]\n"
    )
    [often] = definitions(path, lake="lake")
    assert often.schedules is not None
    schedule = often.schedules[0].schedule
    assert isinstance(schedule, IntervalSchedule)
    assert schedule.interval.total_seconds() == 5
    assert schedule.anchor_date == ANCHOR, "each process that serves it schedules the same instants"


WHOLE: dict[str, Any] = {
    "deployments": [
        {
            "name": "often",
            "entrypoint": "flows/ingest_snapshot.py:ingest_snapshot",
            "description": "Why",
            "parameters": {"source": "unicef_market"},
            "schedules": [
                {"cron": "17 6 * * *", "timezone": "Europe/Copenhagen", "active": True},
                {"interval": 5, "anchor_date": "2022-02-10T00:00:00Z", "parameters": {}},
            ],
            "tags": ["ingest"],
            "paused": False,
            "concurrency_limit": {"limit": 1, "collision_strategy": "ENQUEUE"},
        }
    ]
}
WRONG = (None, 3, -1, "text", "a:b", "flows/no_such.py:flow", [], ["text"], {}, {"text": 1}, [[]])


def places(node: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of every part of a document, the whole first."""
    yield place
    names = node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for name in names:
        yield from places(node[name], (*place, name))


@pytest.mark.parametrize("place", list(places(WHOLE)), ids=str)
def test_a_file_with_anything_wrong_is_refused_in_one_sentence(
    tmp_path: Path, place: tuple[Any, ...]
) -> None:
    """Whatever stands at whichever place: it is served, or the error names the file."""
    path = tmp_path / "prefect.yaml"
    sentences: list[str] = []
    for wrong in WRONG:
        document = {"": copy.deepcopy(WHOLE)}
        *above, last = ("", *place)
        part: Any = document
        for name in above:
            part = part[name]
        part[last] = wrong
        path.write_text(yaml.safe_dump(document[""]))
        try:
            definitions(path, lake="lake")
        except WrongUse as error:
            sentences.append(str(error))
    assert [one for one in sentences if not one.startswith(str(path))] == []
    assert [one for one in sentences if "object has no attribute" in one] == []


def test_the_whole_file_is_definitions(tmp_path: Path) -> None:
    """What the matrix above spoils is right as it is."""
    path = tmp_path / "prefect.yaml"
    path.write_text(yaml.safe_dump(WHOLE))
    [often] = definitions(path, lake="lake")
    assert (often.concurrency_limit, often.tags) == (1, ["ingest"])
    assert len(often.schedules or ()) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, r"no such file; expected a prefect\.yaml.*wheel.*--schedules F\.yaml"),
        ("", "is no prefect.yaml"),
        ("deployments: [", "is no prefect.yaml"),
        ("deployments: []", "schedules nothing"),
        ("deployments: [text]", r"deployments\[0\] is 'text'"),
        ("deployments: [{name: a}]", r"deployments\[0\]\.entrypoint"),
        ('deployments: [{name: "a\\e[31m"}]', r"deployments\[0\]\.name is 'a\\x1b\[31m'"),
        ("deployments: {a: 1}", "deployments is {'a': 1}: Input should be a valid list"),
        ("- text", r"the file is \['text'\]"),
        (b"\xff\xfe\x00", "is no prefect.yaml"),
        (b"a: \x07", "is no prefect.yaml"),
    ],
)
def test_unusable_file_is_named(tmp_path: Path, text: str | bytes | None, message: str) -> None:
    """The error names the file and what is wrong with it."""
    path = tmp_path / "prefect.yaml"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(WrongUse, match=message):
        definitions(path, lake="lake")
