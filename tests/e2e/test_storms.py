"""The storms of `make chaos` at the size of a suite: the real process, forked warm and killed cold."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTHING_ELSE = ["--kills", "0", "--poison", "0", "--taps", "0", "--deliveries", "0", "--together", "0"]
NOTHING_ELSE += ["--readers", "0"]


@pytest.mark.parametrize(
    ("promise", "sizes"),
    [
        ("0 lost, 0 doubled, order kept", ["--kills", "20", "--updates", "400"]),
        ("50 malformed among 500", ["--poison", "500"]),
        ("1000 double taps: 1000 effects", ["--taps", "1000"]),
    ],
)
def test_the_promise_is_kept(promise: str, sizes: list[str]) -> None:
    storm = subprocess.run(
        [sys.executable, "-m", "bench.chaos", "--backend", "sqlite", *NOTHING_ELSE, *sizes],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert storm.returncode == 0, storm.stdout + storm.stderr
    [line] = storm.stdout.splitlines()
    assert line.startswith("kept")
    assert promise in line
