import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.errors import WrongUse
from tasks.sources import SOURCES
from vaxwatch.prefect_file import PREFECT_FILE, off, scheduled_entries
from vaxwatch.serving import served


def test_every_source_is_served_with_the_lake_given() -> None:
    """The lake of the command line replaces the one of the file; a relative one is made lasting."""
    deployments = served(PREFECT_FILE, lake="lake")
    assert {one.parameters["source"] for one in deployments} == {one.name for one in SOURCES}
    assert {one.parameters["lake"] for one in deployments} == {str(Path("lake").resolve())}
    assert {one.entrypoint for one in deployments} == {"flows.ingest_snapshot.ingest_snapshot"}
    assert all(one.concurrency_limit == 1 and one.schedules for one in deployments)


def test_schedules_that_are_off_in_the_file_are_listed_with_their_reason() -> None:
    """Sources that come by hand or have ended are not polled; they are listed."""
    deployments = served(PREFECT_FILE, lake="lake")
    active = {
        one.parameters["source"]: [schedule.active for schedule in one.schedules or []]
        for one in deployments
    }
    resting = [one.name for one in SOURCES if one.by_hand or one.ended]
    assert active == {one.name: [one.name not in resting] for one in SOURCES}
    sentences = off(scheduled_entries(PREFECT_FILE))
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
        served(path, lake="lake")


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
    [often] = served(path, lake="lake")
    assert often.schedules is not None
    assert often.schedules[0].schedule.interval.total_seconds() == 5  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess]


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
            served(path, lake="lake")
        except WrongUse as error:
            sentences.append(str(error))
    assert [one for one in sentences if not one.startswith(str(path))] == []
    assert [one for one in sentences if "object has no attribute" in one] == []


def test_the_whole_file_is_served(tmp_path: Path) -> None:
    """What the matrix above spoils is right as it is."""
    path = tmp_path / "prefect.yaml"
    path.write_text(yaml.safe_dump(WHOLE))
    [often] = served(path, lake="lake")
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
        served(path, lake="lake")
