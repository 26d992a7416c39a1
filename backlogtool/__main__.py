"""``python -m backlogtool``, and where the console scripts begin."""

import _signal as signal  # type: ignore[import-not-found]  # what ``signal`` has, without its enumerations


def run() -> None:
    """Runs a command. Loading what it needs takes long enough to be stopped: nothing is begun then or to be said."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from backlogtool.cli.main import run as run_command

    run_command()


if __name__ == "__main__":
    run()
