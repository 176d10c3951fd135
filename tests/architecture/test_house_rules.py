"""The habits of the house, read from its files: duties told, names that mean something, nothing secret, nothing local.

Refuses taste: only what a machine can decide is here.
"""

import ast
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.settings import Settings
from tests.architecture.house import HOUSE, ROOMS, kept, sources

LONGEST = 400
"""Lines of a file that still fits into a head."""

READABLE = {
    ".py",
    ".js",
    ".css",
    ".html",
    ".md",
    ".toml",
    ".txt",
    ".yaml",
    ".yml",
    ".json",
    ".po",
    ".mako",
    ".cfg",
    ".example",
    ".svg",
    "",
}


def is_package_mark(path: Path) -> bool:
    """An `__init__.py` that only makes a folder a package."""
    return path.name == "__init__.py" and not (HOUSE / path).read_text().strip()


def text_of(path: Path) -> str:
    return (HOUSE / path).read_text(encoding="utf-8", errors="replace")


class Named(NamedTuple):
    """A function or class, and whether strangers may use it."""

    name: str
    public: bool
    told: bool


def definitions(tree: ast.Module) -> list[Named]:
    """The functions of a module: at its top, and in its classes."""
    found = []
    holders: list[ast.Module | ast.ClassDef] = [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))]
    for holder in holders:
        for node in holder.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                public = isinstance(holder, ast.Module) and not node.name.startswith("_")
                found.append(Named(node.name, public, ast.get_docstring(node) is not None))
    return found


@pytest.mark.parametrize("path", [p for p in sources(*ROOMS) if not is_package_mark(p)], ids=str)
def test_a_module_opens_with_its_duty_and_what_it_refuses(path: Path) -> None:
    said = ast.get_docstring(ast.parse(text_of(path))) or ""
    duty, _, refusal = said.partition("\n")

    assert duty.rstrip().endswith((".", ":")), "the first line is one sentence about its duty"
    assert "Refuses " in refusal, "say what it refuses: that is where its neighbours begin"


# The functions of a conversation are called by aiogram only and named by the person's act: a docstring would repeat the name.
ASKED_BY_OTHERS = [p for p in sources(*ROOMS) if p.parts[0] != "handlers" or len(p.parts) == 2]


@pytest.mark.parametrize("path", ASKED_BY_OTHERS, ids=str)
def test_a_public_function_says_what_it_does(path: Path) -> None:
    silent = {
        d.name for d in definitions(ast.parse(text_of(path))) if d.public and not d.told and d.name != "build_router"
    }

    assert not silent


IMPOSED = {"process_bind_param", "process_result_value"}
"""Names a library calls us by."""


@pytest.mark.parametrize("path", sources(*ROOMS, "tests", "bench", "tools"), ids=str)
def test_names_say_what_a_thing_is_for(path: Path) -> None:
    assert path.stem not in {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc"}
    vague = {d.name for d in definitions(ast.parse(text_of(path))) if re.match(r"_?(process|manage|do_stuff)_", d.name)}
    assert vague <= IMPOSED, "name it by the person's act: receive_reflection, choose_reason"


@pytest.mark.parametrize(
    "path", [p for p in kept() if p.suffix in {".py", ".js"} and "versions" not in p.parts], ids=str
)
def test_a_file_fits_into_a_head(path: Path) -> None:
    assert len(text_of(path).splitlines()) <= LONGEST


# Put together from pieces, or this file would find itself.
REGISTRIES = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "anaconda" + ".org"]
MACHINE_PATHS = [rf"/{folder}/[a-z0-9_.-]+" for folder in ("wo" + "rk", "ro" + "ot", "ho" + "me", "Us" + "ers")] + [
    "/op" + "t/wheels"
]
FORBIDDEN_TEXT = {
    "the address of a package registry": re.compile("|".join(map(re.escape, REGISTRIES))),
    "a path of one machine": re.compile(rf"(?<![\w.}}/])(?:{'|'.join(MACHINE_PATHS)})"),
    "a Telegram token": re.compile(r"(?<!\d)\d{8,10}:[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
    "a private key": re.compile("-----BEGIN [A-Z ]*PRIVATE" + " KEY-----"),
}


@pytest.mark.parametrize("what", FORBIDDEN_TEXT)
def test_no_file_carries(what: str) -> None:
    carrying = [str(path) for path in kept() if path.suffix in READABLE and FORBIDDEN_TEXT[what].search(text_of(path))]

    assert carrying == []


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("the address of a package registry", "--index-url https://" + REGISTRIES[0] + "/simple"),
        ("a path of one machine", "see /ho" + "me/lea/compagnon"),
        ("a path of one machine", 'open("/wo' + 'rk/main/x")'),
        ("a Telegram token", "token = '123456789:" + "A" * 35 + "'"),
    ],
)
def test_the_rule_itself_finds(what: str, text: str) -> None:
    assert FORBIDDEN_TEXT[what].search(text)


def test_nothing_made_by_a_machine_or_holding_people_is_kept() -> None:
    made = [
        str(p)
        for p in kept()
        if p.suffix in {".mo", ".pyc", ".db", ".sqlite", ".sqlite3", ".key", ".env"} or p.name == ".env"
    ]

    assert made == []


def test_both_requirement_files_agree_and_are_pinned_by_hash() -> None:
    pins = {}
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = text_of(Path(name))
        blocks = re.findall(
            r"^([a-z0-9][\w.\[\]-]*)==(\S+)((?:.*\\\n)(?:\s+--hash=sha256:[0-9a-f]{64}.*\n)+)", text, re.M
        )
        assert len(blocks) == len(re.findall(r"^[a-z0-9]", text, re.M)), f"{name}: every line pinned, every pin hashed"
        pins[name] = {package: version for package, version, _ in blocks}
    runtime, dev = pins["requirements.txt"], pins["requirements-dev.txt"]

    assert runtime.items() <= dev.items(), "make lock"
    assert "setuptools" in runtime


def test_the_example_names_only_settings_there_are() -> None:
    named = {name.lower() for name in re.findall(r"^#?COMPAGNON_([A-Z_]+)=", text_of(Path(".env.example")), re.M)}

    assert named
    assert named <= Settings.model_fields.keys()
