"""The S3 policies of the run-book: what the software asks for is allowed, and nothing more."""

import ast
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from schemas.store_errors import StoreRefused
from tasks.alerts.alert_config import CONFIG
from tasks.lake_runs.lake_check import lake_problems
from tasks.pipeline.ingest import ingest_snapshot
from tasks.runs.run_context import RunContext
from tasks.sources import SOURCES, source_named
from tasks.vault.backends import s3_store
from tasks.vault.backends.s3_store import S3Store
from tasks.vault.compact import compact_vault
from tasks.vault.garbage import collect_garbage
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader
from tasks.watching.lake_status import lake_status
from tests.flows.lakes import CUT, DAY, GOOD, SOURCE
from tests.servers import shared
from tests.tasks.vault.conftest import s3_client, weed

FOLDER = Path(__file__).parents[2] / "deployments"
ACTIONS = {
    "get_object": "s3:GetObject",
    "head_object": "s3:GetObject",
    "put_object": "s3:PutObject",
    "delete_object": "s3:DeleteObject",
    "list_objects_v2": "s3:ListBucket",
}
"""The action of IAM that each operation needs."""
OPERATIONS = {"GetObject", "HeadObject", "PutObject", "DeleteObject", "ListObjectsV2"}
WRITER, READER = "s3-policy.json", "s3-policy-reader.json"
pytestmark = pytest.mark.server


def statements(name: str, *, bucket: str = "BUCKET") -> list[dict[str, Any]]:
    """Return the statements of a policy for a bucket and the prefix `lake` in it."""
    text = FOLDER.joinpath(name).read_text().replace("BUCKET", bucket).replace("PREFIX", "lake")
    return json.loads(text)["Statement"]


def allowed(name: str) -> set[str]:
    """Return the actions that a policy allows."""
    found: set[str] = set()
    for one in statements(name):
        actions = one["Action"]
        found |= ({actions} if isinstance(actions, str) else {*actions}) if is_allow(one) else set()
    return found


def is_allow(statement: dict[str, Any]) -> bool:
    """Return whether a statement allows what it names."""
    return statement["Effect"] == "Allow"


def operations() -> set[str]:
    """Return the operations of boto3's client that the only module with boto3 names."""
    tree = ast.parse(inspect.getsource(s3_store))
    called = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    client = [
        (call.func.attr, call.args)
        for call in called
        if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "self._client"
    ]
    return {ast.literal_eval(args[0]) if name == "get_paginator" else name for name, args in client}


def test_the_writer_may_do_what_the_backend_calls_and_nothing_more() -> None:
    """Every operation has its action, and every action an operation."""
    assert allowed(WRITER) == {ACTIONS[name] for name in operations()}
    assert allowed(READER) == {"s3:GetObject", "s3:ListBucket"}
    assert set(ACTIONS) == operations()


def test_a_policy_names_one_prefix_and_no_condition() -> None:
    """A condition on the listing would make what is absent forbidden."""
    for name in (WRITER, READER):
        for one in statements(name):
            expected = "arn:aws:s3:::BUCKET" + ("" if "List" in one["Sid"] else "/lake/")
            assert one["Resource"].startswith(expected)
            assert "Condition" not in one
            assert "*" not in str(one["Action"])


@dataclass(frozen=True)
class Policed:
    """A bucket whose policy is all that two users have, and the operations that they asked for."""

    writer: Any
    reader: Any
    asked: set[str]
    bucket: str = "policed"

    def store(self, client: Any) -> S3Store:
        """Return the lake as a user sees it."""
        return S3Store(self.bucket, "lake", client=client)


@pytest.fixture(scope="module")
def policed() -> Policed:
    """Return a bucket of a real server with both policies in force."""
    address, asked = shared("seaweed", weed), set[str]()
    admin = s3_client(address)
    policed = Policed(s3_client(address, user="writer"), s3_client(address, user="reader"), asked)
    admin.create_bucket(Bucket=policed.bucket)
    granted = [
        one
        | {
            "Sid": f"{user}{one['Sid']}",
            "Principal": {"AWS": f"arn:aws:iam::000000000000:user/{user}"},
        }
        for user, name in (("writer", WRITER), ("reader", READER))
        for one in statements(name, bucket=policed.bucket)
    ]
    policy = {"Version": "2012-10-17", "Statement": granted}
    admin.put_bucket_policy(Bucket=policed.bucket, Policy=json.dumps(policy))
    admin.put_object(Bucket=policed.bucket, Key="other/a", Body=b"x")
    policed.writer.meta.events.register("before-call.s3", lambda model, **_: asked.add(model.name))
    return policed


def test_a_lake_lives_on_the_rights_of_the_policies(policed: Policed, tmp_path: Path) -> None:
    """Ingest, verify, compact and collect as the writer; status and tables as the reader."""
    store, at = policed.store(policed.writer), DAY
    policed.asked.clear()
    for day, body in enumerate((GOOD, CUT, GOOD)):
        file, at = tmp_path / "at_hand.csv", DAY + timedelta(days=day)
        file.write_bytes(body)
        config = replace(CONFIG, shadow_versions=0)
        run = RunContext(
            store=store,
            source=source_named(SOURCE),
            at=at,
            alert_config=config,
            check_quality=False,
        )
        ingest_snapshot(run, file=str(file), retrieved_at=at)
    vault = VaultReader(store, SOURCE)
    compact_vault(vault, at=at)
    store.put_if_absent(f"{SOURCE}/_vault/seg/{64 * '0'}.parquet", b"of a run that was killed")
    later = datetime(2100, 1, 1, tzinfo=UTC)
    assert collect_garbage(vault, at=later, older_than=timedelta(), dry_run=False) != []
    store.written_at("catalog/store.json")
    assert lake_problems(store, [], on=at.date(), deep=True) == []
    assert policed.asked == OPERATIONS
    seen = policed.store(policed.reader)
    found = lake_status(seen, SOURCES, at=at)
    assert (found.sources[0].activity.vintages, found.problems) == (3, [])
    reader = VaultReader(seen, SOURCE)
    assert state_of(reader, "allocations", reader.find("latest")).height == 2
    with pytest.raises(StoreRefused, match="AccessDenied"):
        seen.put_if_absent("a", b"")


FORBIDDEN: dict[str, Callable[[Any, str], object]] = {
    "read beside the lake": lambda s3, bucket: s3.get_object(Bucket=bucket, Key="other/a"),
    "write beside it": lambda s3, bucket: s3.put_object(Bucket=bucket, Key="other/b", Body=b""),
    "write a lake with a like name": lambda s3, bucket: s3.put_object(
        Bucket=bucket, Key="lakes/b", Body=b""
    ),
    "delete beside it": lambda s3, bucket: s3.delete_object(Bucket=bucket, Key="other/a"),
    "delete raw bytes": lambda s3, bucket: s3.delete_object(Bucket=bucket, Key="lake/raw/a"),
    "list another bucket": lambda s3, _: s3.list_objects_v2(Bucket="lakes"),
    "make a bucket": lambda s3, _: s3.create_bucket(Bucket="another"),
    "remove the bucket": lambda s3, bucket: s3.delete_bucket(Bucket=bucket),
    "change the policy": lambda s3, bucket: s3.delete_bucket_policy(Bucket=bucket),
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_the_writer_cannot(policed: Policed, name: str) -> None:
    """What no command needs is refused, and so are raw bytes once they are there."""
    policed.writer.put_object(Bucket=policed.bucket, Key="lake/raw/a", Body=b"as published")
    with pytest.raises(ClientError, match="AccessDenied"):
        FORBIDDEN[name](policed.writer, policed.bucket)
