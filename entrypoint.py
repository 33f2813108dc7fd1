"""What the container and the task start: the command line, nothing else."""

import sys

from ado_publisher.cli import main

if __name__ == "__main__":
    sys.exit(main())
