"""Debian's Chromium for the browser tests: headless, quiet, with a microphone that hums.

Refuses to look anything up outside this machine.
"""

EXECUTABLE = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]

WATCH = """
document.addEventListener("securitypolicyviolation", (report) =>
  console.error(`content policy: ${report.violatedDirective} ${report.blockedURI} ${report.sample}`));
"""
"""What every page of a test runs first: a report of the content policy becomes an error that fails the test."""
