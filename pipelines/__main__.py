"""`python -m pipelines` is `facefold`."""

import sys

from pipelines.cli import main

if __name__ == "__main__":
    sys.exit(main())
