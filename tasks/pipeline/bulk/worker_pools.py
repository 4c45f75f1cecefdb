"""Worker pools: threads of this process, or processes of a Dask cluster, that call functions.

Promises: the number of workers is bounded by the cores of this machine, but at an address, where
the cluster decides. A local cluster listens on loopback alone and ends with the run.
"""

import os
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pkgutil import resolve_name
from typing import Any, Final, Literal, Protocol

from schemas.errors import SeenThere, Transient, WrongUse
from schemas.redaction import redacted

Runner = Literal["threads", "dask"]
"""Where snapshots are read: in threads of this process, or by the workers of a Dask cluster."""
THREADS: Final = min(os.cpu_count() or 1, 4)
PROCESSES: Final = min(os.cpu_count() or 1, 8)
ADDRESS: Final = "VAXWATCH_DASK_ADDRESS"
"""The variable with the address of a Dask scheduler, such as tcp://127.0.0.1:8786."""
CONNECT_SECONDS: Final = 20


class Pending(Protocol):
    """A call that was handed to a worker."""

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the result. Raises what the call raised, or what became of its worker."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerPool:
    """Several workers. `submit`: hands them a call. `is_remote`: whether they share no memory."""

    submit: Callable[[Callable[[], Any]], Pending]
    workers: int
    is_remote: bool = False


OpenPool = Callable[[Runner], AbstractContextManager[WorkerPool]]


class ClusterUnreachable(SeenThere, Transient):
    """The Dask scheduler does not answer, or has no workers."""

    def __str__(self) -> str:
        return (
            f"The Dask scheduler at {self.where}: {self.seen}. Nothing was changed. Start it and "
            f"its workers (dask worker {self.where}), correct {ADDRESS}, or run this with "
            f"--runner threads."
        )


@contextmanager
def local_pool(runner: Runner) -> Generator[WorkerPool]:
    """Open a pool for a run that Prefect does not track. Raises as `require_dask`."""
    if runner == "dask":
        with dask_client() as client:
            submit = client.get_executor(pure=False).submit
            yield WorkerPool(submit=submit, workers=worker_count(client), is_remote=True)
        return
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="reader")
    try:
        yield WorkerPool(submit=pool.submit, workers=THREADS)
    finally:
        pool.shutdown(cancel_futures=True)


def require_dask() -> None:
    """Raise WrongUse where Dask is not installed."""
    for name in ("distributed", "prefect_dask"):
        if find_spec(name) is None:
            raise WrongUse(
                f"--runner dask needs the packages of the extra 'dask'; seen no package '{name}'. "
                f"Install them (pip install 'vaxwatch[dask]'), or use --runner threads."
            )


def cluster_options() -> dict[str, Any]:
    """Return which cluster is used, in the words of Prefect's DaskTaskRunner."""
    if address := os.environ.get(ADDRESS):
        return {"address": address, "client_kwargs": {"timeout": CONNECT_SECONDS}}
    return {
        "cluster_kwargs": {
            "n_workers": PROCESSES,
            "threads_per_worker": 1,
            "host": "127.0.0.1",
            "dashboard_address": None,
            "env": {"POLARS_MAX_THREADS": "1"},  # the workers are as many as the cores
        }
    }


@contextmanager
def dask_client() -> Generator[Any]:
    """Connect to the cluster of VAXWATCH_DASK_ADDRESS, or start one; yield its client."""
    require_dask()
    client_of, options = resolve_name("distributed:Client"), cluster_options()
    with explained_connection():
        if "address" in options:
            client = client_of(options["address"], set_as_default=False, timeout=CONNECT_SECONDS)
        else:
            client = client_of(**options["cluster_kwargs"], set_as_default=False)
    with client:
        yield client


@contextmanager
def explained_connection() -> Generator[None]:
    """Raise ClusterUnreachable where a cluster does not answer."""
    try:
        yield
    except (OSError, TimeoutError, ValueError) as error:
        seen = str(error).rstrip(".") or type(error).__name__
        raise ClusterUnreachable(redacted(os.environ.get(ADDRESS, "")), redacted(seen)) from error


def worker_count(client: Any) -> int:
    """Return the number of workers of a cluster. Raises ClusterUnreachable for none."""
    count = len(client.scheduler_info(n_workers=-1)["workers"])
    if not count:
        raise ClusterUnreachable(redacted(os.environ.get(ADDRESS, "")), "it has no workers")
    return count
