"""The start of ``python -m benchmarks``: settle the number of threads while no library has been loaded, then go on."""

import sys

from . import threads

if __name__ == "__main__":
    threads.limit(threads.asked(sys.argv[1:]))
    from .command_line import main

    sys.exit(main())
