"""One test class for all stores: the promises of the protocol."""

import io
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from urllib3 import HTTPResponse

from schemas.errors import LostRace, StoreError, WrongUse
from tasks.vault.backends.below import Below
from tasks.vault.backends.folder_store import FolderStore
from tasks.vault.backends.open_store import open_store
from tasks.vault.backends.s3_store import S3Store
from tasks.vault.backends.store import Store
from tests.tasks.vault.conftest import s3_client


class TestEveryStore:
    """What memory, folder, moto and the real S3 server all keep."""

    def test_what_was_put_is_got(self, store: Store) -> None:
        """A read after a write sees the bytes."""
        assert store.get("a/b") is None
        assert store.put_if_absent("a/b", b"one")
        blob = store.get("a/b")
        assert blob is not None
        assert blob.body == b"one"

    def test_a_listing_may_begin_behind_a_key(self, store: Store) -> None:
        """Which need not be there; the prefix holds as well."""
        for name in ("f/1", "f/2", "f/3", "g/1"):
            store.put_if_absent(name, b"")
        assert list(store.list("f/", after="f/1")) == ["f/2", "f/3"]
        assert list(store.list("f/", after="f/25")) == ["f/3"]
        assert list(Below(store, "f").list("", after="2")) == ["3"]
        assert list(store.list("f/", after="")) == ["f/1", "f/2", "f/3"]

    def test_create_refuses_what_is_there(self, store: Store) -> None:
        """Creating an object twice changes nothing the second time."""
        store.put_if_absent("a", b"one")
        assert not store.put_if_absent("a", b"two")
        assert store.get("a").body == b"one"  # pyright: ignore[reportOptionalMemberAccess]

    def test_replace_needs_the_tag_that_is_there(self, store: Store) -> None:
        """An old tag, or none, replaces nothing."""
        assert store.put_if_match("a", b"one", None)
        first = store.get("a")
        assert first is not None
        assert store.put_if_match("a", b"two", first.etag)
        assert not store.put_if_match("a", b"three", first.etag)
        assert not store.put_if_match("a", b"three", None)
        assert store.get("a").body == b"two"  # pyright: ignore[reportOptionalMemberAccess]

    def test_replace_of_nothing_with_a_tag_fails(self, store: Store) -> None:
        """What was deleted meanwhile is not replaced."""
        store.put_if_absent("a", b"one")
        blob = store.get("a")
        assert blob is not None
        store.delete("a")
        assert not store.put_if_match("a", b"two", blob.etag)

    def test_update_builds_again_when_another_writer_was_faster(self, store: Store) -> None:
        """Each write builds on the present bytes; None, or the same bytes, write nothing."""
        found: list[bytes | None] = []

        def build(present: bytes | None) -> bytes | None:
            found.append(present)
            if len(found) == 1:
                store.put_if_match("a", b"theirs", None)
            return (present or b"") + b", ours"

        assert store.update("a", build)
        assert found == [None, b"theirs"]
        assert not store.update("a", lambda _: None)
        assert not store.update("a", lambda present: present)
        assert store.get("a").body == b"theirs, ours"  # pyright: ignore[reportOptionalMemberAccess]

    def test_update_starts_from_the_object_that_was_seen(self, store: Store) -> None:
        """A stale object is read again; one that was absent is created."""
        assert store.update("a", lambda _: b"1", seen=None)
        old = store.get("a")
        store.update("a", lambda _: b"2")
        assert store.update("a", lambda present: (present or b"") + b"3", seen=old)
        assert store.get("a").body == b"23"  # pyright: ignore[reportOptionalMemberAccess]

    def test_update_gives_up(self, store: Store) -> None:
        """Writers that are always faster end in LostRace, which names the object."""
        taken = iter(range(9))

        def build(_: bytes | None) -> bytes:
            store.update("a", lambda _: str(next(taken)).encode())
            return b"late"

        with pytest.raises(LostRace, match="/a: other writers were faster 3 times"):
            store.update("a", build, tries=3)

    def test_list_is_sorted_and_by_prefix(self, store: Store) -> None:
        """Keys come sorted, by bytes or folder by folder, those of the prefix only."""
        for key in ("b/2", "a/1", "b/1", "bc", "a-b/1", "a.b"):
            store.put_if_absent(key, b"x")
        assert list(store.list("b/")) == ["b/1", "b/2"]
        assert list(store.list("b")) == ["b/1", "b/2", "bc"]
        keys = list(store.list(""))
        by_bytes = ["a-b/1", "a.b", "a/1", "b/1", "b/2", "bc"]
        assert keys in (by_bytes, sorted(by_bytes, key=lambda key: key.split("/")))
        assert list(store.list("nowhere/")) == []

    def test_delete_of_nothing_is_no_error(self, store: Store) -> None:
        """Deleting twice is deleting once."""
        store.put_if_absent("a", b"one")
        store.delete("a")
        store.delete("a")
        assert store.get("a") is None

    def test_a_folder_of_a_store_is_a_store(self, store: Store) -> None:
        """Below keeps the promises inside its prefix."""
        below = Below(store, "s")
        assert below.put_if_absent("a/b", b"x")
        assert list(below.list("")) == ["a/b"]
        assert list(store.list("")) == ["s/a/b"]
        assert below.uri.endswith("/s")
        blob = below.get("a/b")
        assert blob is not None
        assert below.put_if_match("a/b", b"y", blob.etag)
        below.delete("a/b")
        assert below.get("a/b") is None

    def test_of_many_writers_one_creates(self, store: Store) -> None:
        """Eight writers race for one name; exactly one wins, and its bytes are there."""
        won: list[int] = []
        barrier = threading.Barrier(8)

        def write(number: int) -> None:
            barrier.wait(timeout=120)
            if store.put_if_absent("race", str(number).encode()):
                won.append(number)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=240)
        assert len(won) == 1
        assert store.get("race").body == str(won[0]).encode()  # pyright: ignore[reportOptionalMemberAccess]


def test_folder_is_made_by_the_first_write_only(tmp_path: Path) -> None:
    """A reader leaves no trace."""
    store = FolderStore(tmp_path / "lake")
    assert store.get("a") is None
    assert list(store.list("")) == []
    assert not (tmp_path / "lake").exists()


def test_folder_leaves_no_temporary_file(tmp_path: Path) -> None:
    """Lost creations clean up after themselves."""
    store = FolderStore(tmp_path)
    store.put_if_absent("a", b"one")
    store.put_if_absent("a", b"two")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_folder_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    """An error of the operating system names the place."""
    (tmp_path / "lake").write_text("no folder")
    with pytest.raises(StoreError, match="lake/a/b"):
        FolderStore(tmp_path / "lake").put_if_absent("a/b", b"x")


def test_missing_bucket_is_an_error(moto: Any) -> None:
    """A bucket that is not there is an error, not an empty lake."""
    store = S3Store("no-such-bucket", client=moto)
    actions: list[Callable[[], object]] = [
        lambda: store.put_if_absent("a", b"x"),
        lambda: store.get("a"),
        lambda: list(store.list("")),
    ]
    for action in actions:
        with pytest.raises(WrongUse, match="there is no bucket 'no-such-bucket'"):
            action()


def test_a_malformed_bucket_name_is_wrong_use(moto: Any) -> None:
    """What no server is asked for: the sentence names it and what a name may have."""
    store = S3Store("no bucket!", client=moto)
    with pytest.raises(WrongUse, match="'no bucket!' is no name of a bucket; expected 1 to 255"):
        store.get("a")


def test_wrong_secret_is_an_error(seaweed: Any) -> None:
    """A server that knows us no longer is an error that names the place."""
    store = S3Store("lakes", client=s3_client(seaweed.meta.endpoint_url, secret="wrong"))
    with pytest.raises(StoreError, match=r"s3://lakes/a: .*SignatureDoesNotMatch"):
        store.get("a")
    with pytest.raises(StoreError, match="SignatureDoesNotMatch"):
        store.put_if_absent("a", b"x")


@pytest.mark.server
def test_credentials_are_those_of_now(seaweed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process whose credentials are replaced uses the new ones for the next store."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", seaweed.meta.endpoint_url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    with pytest.raises(StoreError, match="InvalidAccessKeyId"):
        open_store("s3://lakes/now").get("a")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "admin")
    assert open_store("s3://lakes/now").get("a") is None


def _conflicts(times: int) -> Callable[..., AWSResponse | None]:
    left = [times]

    def answer(request: Any, **_: Any) -> AWSResponse | None:
        if not left[0]:
            return None
        left[0] -= 1
        body = b"<Error><Code>ConditionalRequestConflict</Code><Message>again</Message></Error>"
        raw = HTTPResponse(io.BytesIO(body), preload_content=False, status=409)
        headers = HTTPHeaders.from_dict({"content-type": "application/xml"})
        return AWSResponse(request.url, 409, headers, raw)

    return answer


def test_overlapping_puts_are_sent_again(moto: Any) -> None:
    """Status 409 is no answer: the same put is sent again until there is one."""
    client = s3_client(moto.meta.endpoint_url)
    client.meta.events.register("before-send.s3.PutObject", _conflicts(2))
    store = S3Store("lakes", "conflicts", client=client)
    assert store.put_if_absent("a", b"x")
    assert store.get("a") is not None


def test_address_selects_the_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A path, an S3 address and a memory name select their stores; others are refused."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert isinstance(open_store(str(tmp_path)), FolderStore)
    assert open_store("s3://bucket/some/lake/").uri == "s3://bucket/some/lake"
    with pytest.raises(WrongUse, match="names no bucket"):
        open_store("s3://")
    with pytest.raises(WrongUse, match="no place for a lake"):
        open_store("ftp://host/lake")


@pytest.mark.parametrize(
    ("uri", "meant"),
    [
        ("s3:/bucket/lake", "s3://bucket/lake"),
        ("s3:bucket/lake", "s3://bucket/lake"),
        ("s3//bucket/lake", "s3://bucket/lake"),
        ("S3://bucket/lake", "s3://bucket/lake"),
        (" s3://bucket/lake", "s3://bucket/lake"),
        ("s3:\\bucket", "s3://bucket"),
        ("s3:", "s3://bucket/prefix"),
        ("https://s3.example.org/bucket", "AWS_ENDPOINT_URL"),
        ("http:/bucket", "AWS_ENDPOINT_URL"),
        ("HTTPS:bucket", "AWS_ENDPOINT_URL"),
        ("gs://bucket/lake", "s3://bucket/prefix"),
        ("file://", "a folder"),
        ("file:/lake", "a folder"),
        ("file://host/lake", "a folder"),
        ("~/lake", "did you mean /"),
        ("", "a folder"),
        (" ", "a folder"),
        ("a\0b", "a folder"),
        ("file:///a\0b", "a folder"),
    ],
)
def test_what_is_nearly_a_url_makes_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uri: str, meant: str
) -> None:
    """A typing error is refused with what was meant, instead of a folder named 's3:'."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/a")
    with pytest.raises(WrongUse, match="no place for a lake") as caught:
        open_store(uri)
    assert meant in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("uri", ["lake", "./s3:/x", "s3/x", "a:b", "/a/b c", "../x", "s3-lake"])
def test_any_path_is_a_folder(uri: str) -> None:
    """Only what looks like a URL is refused; ./ in front makes any name a folder's."""
    assert isinstance(open_store(uri), FolderStore)
    assert isinstance(open_store("file:///tmp/lake"), FolderStore)
