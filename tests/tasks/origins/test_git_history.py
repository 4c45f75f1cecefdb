from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.errors import WrongUse
from tasks.vault.backends.memory_store import MemoryStore
from tests.tasks.origins.allocated import backfilled, table
from tests.tasks.origins.repository import Repository, days, doses, offered, run


def test_every_version_comes_at_the_time_of_its_commit(repository: Repository) -> None:
    """Commits that leave the file as it is are none; the author's date does not count."""
    first = repository.commit("2022-02-01", a__csv=table(1))
    repository.commit("2022-02-02", other__csv=b"x")
    repository.commit("2022-02-03", a__csv=table(2))
    versions = offered(repository.folder)
    assert versions[0].retrieved_at == datetime(2022, 2, 1, 12, tzinfo=UTC)
    assert versions[0].name == f"a.csv@{first[:12]}"
    assert (days(versions), doses(versions)) == (["02-01", "02-03"], [1, 2])


def test_deleted_file_is_no_version_and_comes_back_as_one(repository: Repository) -> None:
    """The deletion says nothing; the same bytes afterwards are a version again."""
    repository.commit("2022-02-01", a__csv=table(1))
    repository.commit("2022-02-02", a__csv=None)
    repository.commit("2022-02-03", a__csv=table(1))
    repository.commit("2022-02-04", a__csv=None)
    assert days(offered(repository.folder)) == ["02-01", "02-03"]


def test_merge_that_only_brings_a_version_is_none(repository: Repository) -> None:
    """A version made on a branch is one version, of its own commit."""
    repository.commit("2022-02-01", a__csv=table(1))
    repository.git("switch", "--quiet", "-c", "work")
    repository.commit("2022-02-02", a__csv=table(2))
    repository.git("switch", "--quiet", "main")
    repository.commit("2022-02-03", other__csv=b"x")
    repository.merge("2022-02-04", "work")
    assert days(offered(repository.folder)) == ["02-01", "02-02"]


def test_versions_of_a_robot_survive_a_merge_the_wrong_way_round(repository: Repository) -> None:
    """What was pushed while a person held an older copy is on the second side of the merge."""
    repository.commit("2022-02-01", a__csv=table(1))
    repository.git("branch", "robot")
    repository.commit("2022-02-02", notes__txt=b"by a person")
    repository.git("switch", "--quiet", "robot")
    repository.commit("2022-02-03", a__csv=table(2))
    repository.commit("2022-02-04", a__csv=table(3))
    repository.git("switch", "--quiet", "main")
    repository.merge("2022-02-05", "robot")
    assert doses(offered(repository.folder)) == [1, 2, 3]


def test_merge_that_makes_other_bytes_is_a_version(repository: Repository) -> None:
    """Where a person resolves a conflict by a third text, both sides and that are versions."""
    repository.commit("2022-02-01", a__csv=table(1))
    repository.git("switch", "--quiet", "-c", "work")
    repository.commit("2022-02-02", a__csv=table(2))
    repository.git("switch", "--quiet", "main")
    repository.commit("2022-02-03", a__csv=table(3))
    repository.merge("2022-02-04", "work", "--strategy=ours", "--no-commit")
    repository.commit("2022-02-04", a__csv=table(4))
    assert doses(offered(repository.folder)) == [1, 2, 3, 4]


def test_rename_is_followed_and_is_no_version_itself(repository: Repository) -> None:
    """The older name's versions belong to the file; each candidate shows the name it had."""
    long = b"".join(b"row,%d\n" % number for number in range(50))
    repository.commit("2022-02-01", old__csv=table(1) + long)
    repository.commit("2022-02-02", old__csv=table(2) + long)
    repository.commit("2022-02-03", old__csv=None, a__csv=table(2) + long)
    repository.commit("2022-02-04", a__csv=table(4) + long)
    versions = offered(repository.folder)
    assert days(versions) == ["02-01", "02-02", "02-04"]
    assert [one.name.partition("@")[0] for one in versions] == ["old.csv", "old.csv", "a.csv"]


def test_rename_with_a_change_is_a_version(repository: Repository) -> None:
    """The bytes are others, and so is the name."""
    long = b"".join(b"row,%d\n" % number for number in range(50))
    repository.commit("2022-02-01", old__csv=table(1) + long)
    repository.commit("2022-02-02", old__csv=None, a__csv=table(2) + long)
    assert days(offered(repository.folder)) == ["02-01", "02-02"]


def test_change_of_the_mode_is_no_version(repository: Repository) -> None:
    """The commit touches the file, its bytes stay."""
    repository.commit("2022-02-01", a__csv=table(1))
    repository.git("update-index", "--chmod=+x", "a.csv")
    repository.git("commit", "--quiet", "-m", "mode", day="2022-02-02")
    assert days(offered(repository.folder)) == ["02-01"]


def test_bare_repository_is_read_as_a_clone_is(repository: Repository, tmp_path: Path) -> None:
    """Nothing is checked out, and nothing has to be."""
    repository.commit("2022-02-01", a__csv=table(1))
    repository.commit("2022-02-02", a__csv=table(2))
    run(tmp_path, "clone", "--quiet", "--bare", str(repository.folder), "bare.git")
    assert doses(offered(tmp_path / "bare.git")) == [1, 2]


def test_clone_is_read_up_to_the_newest_state_that_it_fetched(
    repository: Repository, tmp_path: Path
) -> None:
    """The remote's default branch counts, not what is checked out."""
    repository.commit("2022-02-01", a__csv=table(1))
    run(tmp_path, "clone", "--quiet", str(repository.folder), "clone")
    repository.commit("2022-02-02", a__csv=table(2))
    run(tmp_path / "clone", "fetch", "--quiet")
    assert doses(offered(tmp_path / "clone")) == [1, 2]


def test_of_two_versions_in_one_second_the_newest_is_published(repository: Repository) -> None:
    """Nobody can have seen the older one at that instant; it is listed, not passed over."""
    older = repository.commit("2022-02-01", a__csv=table(1))
    repository.commit("2022-02-01", a__csv=table(2))
    versions = offered(repository.folder)
    assert doses(versions) == [2, 1]
    taken = backfilled(MemoryStore(), versions)
    assert len(taken.outcomes) == 1
    assert [one.name for one in taken.failed] == [f"a.csv@{older[:12]}"]
    assert "other bytes for the same instant" in taken.failed[0].error


def test_repository_without_commits_is_refused(repository: Repository) -> None:
    """There is no default branch to read."""
    with pytest.raises(WrongUse, match="has no commit yet"):
        offered(repository.folder)


def test_shallow_clone_is_refused(repository: Repository, tmp_path: Path) -> None:
    """Its oldest commit would pass for the time of whatever it holds."""
    repository.commit("2022-02-01", a__csv=table(1))
    repository.commit("2022-02-02", other__csv=b"x")
    url = f"file://{repository.folder}"
    run(tmp_path, "clone", "--quiet", "--depth", "1", url, "shallow")
    with pytest.raises(WrongUse, match=r"shallow clone.*--unshallow"):
        offered(tmp_path / "shallow")
