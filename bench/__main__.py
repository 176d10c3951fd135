"""`make bench`: every measurement, one after the other; the exit code is the number of broken promises.

Refuses to compare across runs: machines drift.
"""

import argparse
import sys
from collections.abc import Callable

from bench import broadcast, intake, page, year


def main() -> int:
    """One bench after the other, each with its lines; `--quick` makes them smaller, `--only` chooses one."""
    options = argparse.ArgumentParser(prog="bench")
    options.add_argument(
        "--quick", action="store_true", help="smaller sizes: some minutes instead of a quarter of an hour"
    )
    options.add_argument("--only", choices=("intake", "broadcast", "year", "page"))
    given = options.parse_args()
    size = ["--quick"] if given.quick else []
    benches: dict[str, Callable[[], int]] = {
        "intake": lambda: intake.main(["--updates", "500", "--rounds", "1"] if given.quick else []),
        "broadcast": lambda: broadcast.main(size),
        "year": lambda: year.main(size),
        "page": lambda: page.main(size),
    }
    return sum(bench() for name, bench in benches.items() if given.only in (None, name))


if __name__ == "__main__":
    sys.exit(main())
