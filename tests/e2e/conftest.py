"""`compagnon demo` as a newcomer starts it, and one Chromium, for the stories told in a browser."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.chromium import EXECUTABLE, FLAGS


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running demo."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("demo") / "school"
    log = tmp_path_factory.mktemp("log") / "demo.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", "from bot.cli import main; main()", "demo", "--folder", str(folder)],
            env=os.environ | {"COMPAGNON_PORT": str(port)},
            cwd=Path(__file__).parents[2],
            stderr=out,
            stdout=out,
        )
    try:
        end = time.monotonic() + 180  # a busy machine takes its time: nothing is measured here
        while "http://" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, "the demo did not come up"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser complained of; it must be nothing."""
    found: list[str] = []
    yield found
    assert found == []
