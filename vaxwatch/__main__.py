"""The program `vaxwatch`, also as `python -m vaxwatch`."""

import signal
from pkgutil import resolve_name


def main() -> None:
    """Load the command line and run it; an interrupt while it loads ends the process silently."""
    is_default = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # not below nohup
    if is_default:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    run = resolve_name("vaxwatch.commands.program:run")
    if is_default:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


if __name__ == "__main__":
    main()
