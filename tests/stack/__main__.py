"""`make stack`: the whole stack on this machine until Ctrl-C, with a page that changes."""

import argparse
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

from tests.stack.stack import Stack, passing_folder, stack_in
from tests.stack.upstream import SOURCE

SHOWN = ("PREFECT_API_URL", "VAXWATCH_LAKE", "VAXWATCH_CONFIG", "VAXWATCH_SOURCES")
SECRET = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")


def main() -> int:
    """Start everything, deploy, and wait; return the exit code."""
    wanted = arguments()
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set() if not over.is_set() else abandon())
    with ExitStack() as ending:
        folder = wanted.keep or ending.enter_context(passing_folder())
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
        print(f"Starting PostgreSQL, SeaweedFS and Prefect's server in {folder} …", flush=True)
        try:
            stack = ending.enter_context(stack_in(folder.resolve()))
            stack.deploy(wanted.every)
            stack.start_worker()
        except (RuntimeError, AssertionError, FileNotFoundError) as error:
            print(f"The stack does not start: {error}", file=sys.stderr)
            return 1
        print(described(stack, every=wanted.every, changes=wanted.changes), flush=True)
        watch(stack, over, changes=wanted.changes)
        print("Ending …", flush=True)
    return 0


def arguments() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="make stack", description=__doc__)
    parser.add_argument("--keep", type=Path, help="a folder for the state, which stays there")
    parser.add_argument("--every", type=float, default=30, help="seconds between two ingests")
    parser.add_argument("--changes", type=float, default=60, help="seconds until the page changes")
    return parser.parse_args()


def described(stack: Stack, *, every: float, changes: float) -> str:
    """Return what people need to use the stack from another terminal."""
    exports = "\n".join(f"  export {name}='{stack.environment[name]}'" for name in SHOWN + SECRET)
    return (
        f"Up. {SOURCE} is fetched every {every:g} s; its page changes every {changes:g} s, and one "
        f"country's doses are cut each time.\n"
        f"  Prefect's pages: {stack.api.removesuffix('/api')}\n"
        f"  logs: {stack.folder}/*.log\n"
        f"In another terminal, for vaxwatch and prefect:\n{exports}\n"
        f"  vaxwatch alerts list\n"
        f"Ctrl-C ends all of it."
    )


def watch(stack: Stack, over: threading.Event, *, changes: float) -> None:
    """Change the page now and then; report messages, and programs that ended, until it is over."""
    seen, ended = 0, set[str]()
    while not over.wait(changes):
        stack.upstream.publish()
        for message in stack.upstream.messages[seen:]:
            print(
                f"delivered: {message.body.get('type')} {message.body.get('subject')}", flush=True
            )
            seen += 1
        for program in stack.programs:
            if not program.is_running() and program.name not in ended:
                ended.add(program.name)
                print(f"{program.name} has ended; its log: {program.log}", file=sys.stderr)


def abandon() -> NoReturn:
    """End at once on a second signal; what was started ends with this process."""
    raise SystemExit(130)


if __name__ == "__main__":
    sys.exit(main())
