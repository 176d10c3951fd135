"""Where the house stands and what is in it, for the tests that read it.

Refuses to look at what git does not keep: a file somebody left lying about is no part of the house.
"""

import subprocess
from functools import cache
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
ROOMS = ("bot", "handlers", "services", "domain", "storage", "locales", "webchat")


@cache
def kept() -> tuple[Path, ...]:
    """Every file of the house, relative to it: tracked, or new and not ignored."""
    if not (HOUSE / ".git").exists():  # an unpacked archive: take what is there, except what tools made
        made = {".venv", "__pycache__", "var", "build", "dist"}
        paths = [path.relative_to(HOUSE) for path in HOUSE.rglob("*") if path.is_file()]
        return tuple(
            sorted(p for p in paths if not made & set(p.parts) and not p.parts[0].endswith((".egg-info", "_cache")))
        )
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(
        sorted(path for name in set(listed.stdout.split("\0")) if name and (HOUSE / (path := Path(name))).is_file())
    )


def sources(*rooms: str) -> list[Path]:
    """The Python files of these rooms; schema steps are written by a tool and left out."""
    return [p for p in kept() if p.parts[0] in rooms and p.suffix == ".py" and "versions" not in p.parts]
