"""`python -m agents ROLE`: the same as `newswire worker ROLE`."""

import sys

from pipeline.cli.main import main

if __name__ == "__main__":
    sys.argv[1:1] = ["worker"]
    main()
