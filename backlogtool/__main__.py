"""``python -m backlogtool``."""

from backlogtool.cli.main import run

if __name__ == "__main__":
    run()
