import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.errors import WrongUse
from tasks.origins import origin_notes, plan
from tasks.origins.folder import FileAtHand


def archive(folder: Path, files: list[str], manifest: str = "") -> str:
    """Write a folder of files and return it as an origin."""
    for name in files:
        (folder / name).write_bytes(b"iso3\n")
    if manifest:
        (folder / "_manifest.json").write_text(manifest, encoding="utf-8")
    return f"dir:{folder}"


def planned(
    origin: str, *, since: datetime | None = None, until: datetime | None = None
) -> list[FileAtHand]:
    """Plan a folder, of which every candidate is a file at hand."""
    offered = plan("small", origin, since=since, until=until)
    return [one for one in offered if isinstance(one, FileAtHand)]


def test_manifest_gives_time_address_and_scope(tmp_path: Path) -> None:
    """committed_at is the time, whatever the file's name says; candidates come by time."""
    manifest = """{"scope": ["PRK"], "versions": [
        {"file": "b.csv", "committed_at": "2022-02-10T06:00:00+00:00", "source_url": "https://x"},
        {"file": "2030-01-01.csv", "committed_at": "2021-11-29T01:00:00+01:00", "scope": []}
    ]}"""
    first, second = planned(archive(tmp_path, ["b.csv", "2030-01-01.csv"], manifest))
    assert (first.path.name, first.retrieved_at) == (
        "2030-01-01.csv",
        datetime(2021, 11, 29, tzinfo=UTC),
    )
    assert (first.url, first.scope) == (None, ())
    assert (second.url, second.scope) == ("https://x", ("PRK",))


def test_without_manifest_the_name_gives_the_time(tmp_path: Path) -> None:
    """A day is midnight UTC; hidden and underlined files are no snapshots."""
    files = ["2022-03-01__somebody.csv", "20220210T060000Z.csv", "_notes.txt", ".hidden"]
    offered = planned(archive(tmp_path, files))
    assert [one.retrieved_at for one in offered] == [
        datetime(2022, 2, 10, 6, tzinfo=UTC),
        datetime(2022, 3, 1, tzinfo=UTC),
    ]


def test_manifest_entry_without_time_falls_back_to_its_name(tmp_path: Path) -> None:
    """A manifest that names files only leaves the time to their names."""
    origin = archive(tmp_path, ["2022-03-01.csv"], '{"versions": [{"file": "2022-03-01.csv"}]}')
    assert planned(origin)[0].retrieved_at == datetime(2022, 3, 1, tzinfo=UTC)


def test_a_manifest_may_be_the_list_alone(tmp_path: Path) -> None:
    """Each file has its time; one without time says how to give it."""
    listed = '[{"file": "a.csv", "committed_at": "2022-03-01T00:00:00+00:00"}]'
    [offered] = planned(archive(tmp_path, ["a.csv"], listed))
    assert offered.retrieved_at == datetime(2022, 3, 1, tzinfo=UTC)
    (tmp_path / "untimed").mkdir()
    untimed = archive(tmp_path / "untimed", ["a.csv"], '[{"file": "a.csv", "bytes": 5}]')
    with pytest.raises(WrongUse, match=r"the time of .*a\.csv is unknown.*--retrieved-at TIME"):
        planned(untimed)


def test_since_and_until_include_their_instants(tmp_path: Path) -> None:
    """Both ends belong to the range."""
    days = [datetime(2022, 3, day, tzinfo=UTC) for day in (1, 2, 3, 4)]
    origin = archive(tmp_path, [f"{day:%Y-%m-%d}.csv" for day in days])
    asked = planned(origin, since=days[1], until=days[2])
    assert [one.retrieved_at for one in asked] == days[1:3]


def test_undated_file_asks_for_its_time(tmp_path: Path) -> None:
    """The retrieval time of a file is never guessed."""
    with pytest.raises(WrongUse, match=r"data\.csv is unknown.*--retrieved-at"):
        planned(archive(tmp_path, ["data.csv"]))


@pytest.mark.parametrize(
    "name",
    [
        *("2021-03-17T053715Z.csv", "20210317T053715Z-1a2b3c4d.csv", "2021-03-17T05:37:15Z.csv"),
        *("2021-03-17T05-37-15Z__somebody.csv", "2021-03-17T053715.csv"),
        *("2021-03-17 05:37:15.csv", "2021-03-17_05-37-15.csv", "20210317_053715.csv"),
        *("2021-03-17T073715+0200.csv", "2021-03-17 00:37:15-05:00.csv"),
    ],
)
def test_a_time_in_the_name_is_read(tmp_path: Path, name: str) -> None:
    """Two files of one day are two snapshots."""
    offered = planned(archive(tmp_path, [name, "2021-03-17.csv", "2021-12-19__somebody.csv"]))
    assert [one.retrieved_at for one in offered] == [
        datetime(2021, 3, 17, tzinfo=UTC),
        datetime(2021, 3, 17, 5, 37, 15, tzinfo=UTC),
        datetime(2021, 12, 19, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    "name", ["2021-03-17_2021-03-24.csv", "2021-03-17_20210324.csv", "2021-03-17_2.csv"]
)
def test_what_follows_a_day_may_be_no_time(tmp_path: Path, name: str) -> None:
    """A second day, or a number: the file is of the first day."""
    [offered] = planned(archive(tmp_path, [name]))
    assert offered.retrieved_at == datetime(2021, 3, 17, tzinfo=UTC)


@pytest.mark.parametrize("name", ["2021-03-17T0537151Z.csv", "2021-03-17T256100Z.csv"])
def test_what_is_no_time_is_not_read_as_a_day(tmp_path: Path, name: str) -> None:
    """Half of what stands there would be another instant."""
    with pytest.raises(WrongUse, match="the time of"):
        planned(archive(tmp_path, [name]))


def test_a_time_without_seconds_is_read(tmp_path: Path) -> None:
    """They are taken for 0."""
    [offered] = planned(archive(tmp_path, ["2021-03-17T0537Z.csv"]))
    assert offered.retrieved_at == datetime(2021, 3, 17, 5, 37, tzinfo=UTC)


def test_neighbours_that_are_no_data_are_passed_over_with_a_note(tmp_path: Path) -> None:
    """A note names each of them with the reason; the snapshots are offered."""
    beside = [".DS_Store", "_sources.json", "README.md", "2021-03-17 (1).csv", "data.csv"]
    origin = archive(tmp_path, ["2021-03-17.csv", *beside])
    assert [one.name for one in planned(origin)] == ["2021-03-17.csv"]
    notes = origin_notes("small", origin)
    assert len(notes) == 3
    assert all(any(name in note for note in notes) for name in beside)
    [copies] = [note for note in notes if "browser" in note]
    assert "2021-03-17 (1).csv" in copies


def test_what_is_no_whole_file_is_passed_over_with_a_note(tmp_path: Path) -> None:
    """Downloads under way, copies of editors, folders and links to nothing."""
    halves = ["2021-03-18.csv.crdownload", "2021-03-18.csv.part", "2021-03-18.csv~"]
    origin = archive(tmp_path, ["2021-03-17.csv", *halves])
    (tmp_path / "2021-03-19").mkdir()
    (tmp_path / "2021-03-20.csv").symlink_to("nothing")
    assert [one.name for one in planned(origin)] == ["2021-03-17.csv"]
    notes = " ".join(origin_notes("small", origin))
    assert all(name in notes for name in [*halves, "2021-03-19", "2021-03-20.csv"])


def test_folder_of_folders_is_noted(tmp_path: Path) -> None:
    """Nothing in them is read, and the note says so."""
    (tmp_path / "2021").mkdir()
    assert planned(f"dir:{tmp_path}") == []
    [note] = origin_notes("small", f"dir:{tmp_path}")
    assert "2021 (a folder" in note


def test_files_that_a_manifest_does_not_list_are_noted(tmp_path: Path) -> None:
    """They may be snapshots that somebody forgot."""
    origin = archive(tmp_path, ["2022-03-01.csv", "2022-03-02.csv"], '[{"file": "2022-03-01.csv"}]')
    assert len(planned(origin)) == 1
    [note] = origin_notes("small", origin)
    assert "2022-03-02.csv (not in _manifest.json)" in note


@pytest.mark.parametrize("name", ["../secret.csv", "/etc/passwd", "sub/x.csv", "..", "gone.csv"])
def test_no_file_outside_the_folder_is_offered(tmp_path: Path, name: str) -> None:
    """A manifest cannot lead out of its folder, nor to a file that is not there."""
    (tmp_path / "secret.csv").write_bytes(b"x")
    folder = tmp_path / "archive"
    folder.mkdir()
    entry = {"file": name, "committed_at": "2022-02-10T00:00:00+00:00"}
    with pytest.raises(WrongUse, match="name of a file in that folder"):
        planned(archive(folder, [], json.dumps({"versions": [entry]})))


@pytest.mark.parametrize(
    "manifest",
    [
        "versions",
        '["a.csv"]',
        "{}",
        '{"versions": 3}',
        '{"versions": [{}]}',
        '{"versions": ["a.csv"]}',
        '{"versions": [{"file": "2022-03-01.csv", "committed_at": "soon"}]}',
        '{"versions": [{"file": "2022-03-01.csv", "source_url": 3}]}',
        '{"versions": [{"file": "2022-03-01.csv", "scope": "PRK"}]}',
        '{"versions": [{"file": "2022-03-01.csv", "scope": [3]}]}',
        '{"scope": "PRK", "versions": [{"file": "2022-03-01.csv"}]}',
        pytest.param("[" * 100_000, id="deep"),
    ],
)
def test_unreadable_manifest_is_named(tmp_path: Path, manifest: str) -> None:
    """The error names the manifest and the form that is expected."""
    with pytest.raises(WrongUse, match=r"_manifest\.json cannot be read.*committed_at"):
        planned(archive(tmp_path, ["2022-03-01.csv"], manifest))


def test_missing_folder_is_a_wrong_use(tmp_path: Path) -> None:
    """The error names the origin."""
    with pytest.raises(WrongUse, match="is no folder"):
        planned(f"dir:{tmp_path}/none")


@pytest.mark.corpus
def test_real_archive_is_planned_by_its_manifest(corpus: Path) -> None:
    """All 38 versions of the UNDP table are offered, each at the instant it was committed."""
    offered = plan("undp_vaccine_equity", f"dir:{corpus}/undp_vaccine_equity")
    assert len(offered) == 38
    assert offered[0].retrieved_at == datetime(2022, 3, 23, 14, 56, 34, tzinfo=UTC)
    assert offered == sorted(offered, key=lambda one: one.retrieved_at)
