"""`python -m ado_publisher` and the console script are the same program."""

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    from ado_publisher.cli import main as run

    sys.exit(run())


if __name__ == "__main__":
    main()
