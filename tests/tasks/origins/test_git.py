import os
import shutil
from pathlib import Path

import pytest

from schemas.errors import WrongUse
from tasks.origins import plan
from tasks.vault.backends.memory_store import MemoryStore
from tests.tasks.origins.allocated import SOURCE, backfilled, table, times
from tests.tasks.origins.repository import Repository, brought, doses, offered, run


def test_bytes_are_those_committed(repository: Repository) -> None:
    """Line ends stay as they are, whatever the configuration and the attributes say."""
    crlf = b"iso3,doses\r\nPRK,1\r\n"
    repository.git("config", "core.autocrlf", "false")
    repository.commit("2022-02-01", a__csv=crlf)
    repository.git("config", "core.autocrlf", "input")
    (repository.folder / ".gitattributes").write_text("*.csv text eol=lf\n")
    assert brought(offered(repository.folder)[0]).contents["main"] == crlf


def test_address_of_the_repository_goes_into_the_record_without_secrets(
    repository: Repository,
) -> None:
    """A remote on the net is named, without user and password; a folder is not."""
    repository.commit("2022-02-01", a__csv=table(1))
    [version] = offered(repository.folder)
    assert brought(version).snapshot.url == SOURCE.url
    repository.git("remote", "add", "origin", "https://me:secret@example.org/data.git")
    [version] = offered(repository.folder)
    fetched = brought(version)
    assert fetched.snapshot.url == "https://example.org/data.git"
    assert fetched.evidence["path"] == "a.csv"
    assert fetched.evidence["digest"] == f"git:{repository.git('rev-parse', 'HEAD:a.csv')}"


def test_environment_of_the_caller_has_no_effect(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a hook GIT_DIR names another repository; that is not the one that was asked for."""
    repository.commit("2022-02-01", a__csv=table(1))
    other = Repository(tmp_path / "other")
    other.commit("2022-03-01", a__csv=table(9))
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.folder))
    assert doses(offered(repository.folder)) == [1]


@pytest.mark.parametrize("name", ["-a.csv", ":(top)a.csv", "ü b*.csv", "a;b.csv", "a:b.csv"])
def test_odd_names_are_names_and_nothing_else(repository: Repository, name: str) -> None:
    """No option, no pattern, no shell."""
    repository.commit("2022-02-01", **{name: table(1)})
    assert doses(offered(repository.folder, name)) == [1]


def test_same_bytes_again_are_read_once(repository: Repository) -> None:
    """A version that came back takes its bytes from the lake, where the first one left them."""
    repository.commit("2022-02-01", a__csv=table(1))
    repository.commit("2022-02-02", a__csv=table(2))
    repository.commit("2022-02-03", a__csv=table(1))
    lake, versions = MemoryStore(), offered(repository.folder)
    assert len(backfilled(lake, versions[:2]).outcomes) == 2
    shutil.rmtree(repository.folder)
    assert [one.verdict for one in backfilled(lake, versions[2:]).outcomes] == ["new"]
    assert times(lake)[-1] == "2022-02-03T12:00:00+00:00"


def test_rerun_plans_only_what_is_new(repository: Repository) -> None:
    """What is published is known without its bytes, and so is a return of known bytes."""
    repository.commit("2022-02-01", a__csv=table(1))
    repository.commit("2022-02-02", a__csv=table(2))
    lake = MemoryStore()
    assert len(backfilled(lake, offered(repository.folder, store=lake)).outcomes) == 2
    repository.commit("2022-02-03", a__csv=table(1))
    again = offered(repository.folder, store=lake)
    snapshots = [one.snapshot(SOURCE) for one in again]
    assert all(snapshots)
    assert [one.verdict for one in backfilled(lake, again).outcomes] == ["new"]
    assert times(lake)[-1] == "2022-02-03T12:00:00+00:00"


def test_pointer_of_large_file_storage_is_refused(repository: Repository) -> None:
    """The bytes are elsewhere; the pointer is not published in their place, the others are."""
    repository.commit("2022-02-01", a__csv=b"version https://git-lfs.github.com/spec/v1\noid 1\n")
    repository.commit("2022-02-02", a__csv=table(2))
    taken = backfilled(MemoryStore(), offered(repository.folder))
    assert len(taken.outcomes) == 1
    assert "a Git LFS pointer" in taken.failed[0].error


@pytest.mark.parametrize(
    ("origin", "message"),
    [
        ("git:", "There is: dir:PATH, git:REPO:PATH"),
        ("git:{data}", "expected git:REPO:PATH"),
        ("git:{data}:", "expected git:REPO:PATH"),
        ("git:--upload-pack=x:a.csv", "is no folder"),
        ("git:https://example.org/x.git:a.csv", "'https' is no folder; .* git clone --bare"),
        ("git:{data}:../a.csv", "is no path inside the repository"),
        ("git:{data}:/etc/passwd", "is no path inside the repository"),
        ("git:{data}:none.csv", "no commit of the default branch has a file 'none.csv'"),
        ("git:{data}:folder", "'folder' is a folder; expected the path of one file"),
        ("git:{data}/folder:b.csv", "is no git repository; expected the top folder"),
    ],
)
def test_wrong_origin_is_refused_with_the_next_step(
    repository: Repository, origin: str, message: str
) -> None:
    """A folder inside of a repository is none, and nothing above it is looked into."""
    (repository.folder / "folder").mkdir()
    repository.commit("2022-02-01", **{"a__csv": table(1), "folder/b.csv": table(1)})
    with pytest.raises(WrongUse, match=message):
        plan(SOURCE.name, origin.format(data=repository.folder))


def test_partial_clone_never_asks_its_remote(repository: Repository, tmp_path: Path) -> None:
    """Bytes that were left out are not downloaded behind our back."""
    repository.commit("2022-02-01", a__csv=table(1))
    repository.git("config", "uploadpack.allowFilter", "true")
    words = ("clone", "--quiet", "--bare", "--filter=blob:none", f"file://{repository.folder}")
    run(tmp_path, *words, "partial.git")
    with pytest.raises(WrongUse, match=r"partial clone without the bytes.*Clone it whole"):
        [brought(one) for one in offered(tmp_path / "partial.git")]


def wrapped(folder: Path, script: str) -> str:
    """Put a program `git` of our own into a folder; return a search path that finds it first."""
    program = folder / "git"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_repository_of_another_user_is_refused_with_the_remedy(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git itself refuses; the sentence names the one setting that helps."""
    repository.commit("2022-02-01", a__csv=table(1))
    real = shutil.which("git")
    script = f'GIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec {real} "$@"'
    monkeypatch.setenv("PATH", wrapped(tmp_path, script))
    with pytest.raises(WrongUse, match=r"belongs to another user.*--add safe.directory"):
        offered(repository.folder)


def test_missing_program_is_reported(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without git the error explains what it is for."""
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(WrongUse, match="git is not installed"):
        offered(repository.folder)


def test_other_refusals_quote_git(repository: Repository) -> None:
    """A damaged repository is neither "no repository" nor a traceback."""
    repository.commit("2022-02-01", a__csv=table(1))
    shutil.rmtree(repository.folder / ".git" / "objects")
    (repository.folder / ".git" / "objects").mkdir()
    with pytest.raises(WrongUse, match=r"git \S+ did not work \(.*git fsck"):
        offered(repository.folder)
