"""Kill -9 of the process that delivers, at the size of a suite; `python -m bench.delivery_storms` does 200 over 4,000."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "storm",
    [
        ["--backend", "sqlite", "--kills", "20", "--messages", "400", "--seconds", "0"],
        ["--backend", "postgresql", "--kills", "0", "--seconds", "12", "--every", "4"],
    ],
    ids=["20 kills", "two processes on PostgreSQL"],
)
def test_what_must_arrive_arrives_and_a_second_copy_says_so(storm: list[str]) -> None:
    """Nothing that must arrive is lost, at most one labelled double per kill, and nothing nice comes twice."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.delivery_storms", *storm],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "kept" in done.stdout
