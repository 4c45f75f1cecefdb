"""What Prefect adds to a backfill: its task runners, a progress artifact, its cancel."""

from pathlib import Path
from typing import Any

import pytest
from prefect.artifacts import Artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId, TaskRunFilter
from prefect.context import FlowRunContext
from prefect.states import Cancelling

from flows.backfill_source import backfill_source
from schemas.contract_errors import RunFailed
from tasks import prefect_bulk
from tasks.pipeline.bulk.progress import Progress, watched_by
from tests.tasks.pipeline.bulk.archives import SOURCE, archive, backfilled, committed, shown
from tests.thorough import quick

pytestmark = [pytest.mark.server, pytest.mark.long]
COUNT = quick(3, 6)


def tracked(lake: Path, origin: Path, **how: Any) -> Any:
    """Backfill as a flow run and return its final state."""
    how |= {"lake": str(lake), "quality": False, "return_state": True}
    return backfill_source(SOURCE, f"dir:{origin}", **how)


def tasks_of(state: Any) -> list[str]:
    """Return the names of the tasks of the flow run that ended in a state, sorted."""
    run = FlowRunFilter(id=FlowRunFilterId(any_=[state.state_details.flow_run_id]))
    with get_client(sync_client=True) as client:
        found = client.read_task_runs(flow_run_filter=run, task_run_filter=TaskRunFilter())
    return sorted(one.name.rsplit("-", 1)[0] for one in found)


# The threads of Prefect's task runner leave the sockets of their clients to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_snapshots_are_read_by_prefects_task_runner(prefect_server: None, tmp_path: Path) -> None:
    """One task a snapshot; the artifact ends at all of them; the lake is that of a plain call."""
    origin = archive(tmp_path / "archive", COUNT)
    state = tracked(tmp_path / "lake", origin)
    assert state.is_completed()
    backfilled(tmp_path / "plain", origin)
    assert shown(tmp_path / "lake") == shown(tmp_path / "plain")
    artifact: Any = Artifact.get("progress-unicef-market")
    assert float(artifact.data) == 100
    assert artifact.description.startswith(f"{SOURCE}: {COUNT} of {COUNT} snapshots read")
    assert tasks_of(state).count("read-snapshot") == COUNT


def test_a_cancelled_run_publishes_what_is_in_hand(
    prefect_server: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its state is Cancelled with the next step; who called the flow gets the summary."""
    monkeypatch.setattr(prefect_bulk, "PAUSE", 0.0)
    lake, origin = tmp_path / "lake", archive(tmp_path / "archive", 2 * COUNT)

    def watch(progress: Progress) -> None:
        context: Any = FlowRunContext.get()
        if progress.read == 1 and not progress.asked_by:
            with get_client(sync_client=True) as client:
                client.set_flow_run_state(context.flow_run.id, Cancelling(), force=True)

    with watched_by(watch):
        state = tracked(lake, origin)
    assert state.is_cancelled()
    assert "run the same command again" in state.message
    with pytest.raises(RunFailed) as ended:
        state.result()
    there = committed(lake)
    assert [one.id for one in ended.value.summary.outcomes] == there
    assert 1 <= len(there) < 2 * COUNT
    assert len(tracked(lake, origin).result().planned) == 2 * COUNT - len(there)


@pytest.mark.slow
def test_dask_reads_as_a_task_runner_of_prefect(prefect_server: None, tmp_path: Path) -> None:
    """The tasks run in other processes, and the lake is that of a plain call."""
    origin = archive(tmp_path / "archive", COUNT)
    state = tracked(tmp_path / "lake", origin, runner="dask")
    assert state.result().origin_notes == []
    backfilled(tmp_path / "plain", origin)
    assert shown(tmp_path / "lake") == shown(tmp_path / "plain")
    assert tasks_of(state).count("read-snapshot") == COUNT
