"""Who may import whom: every contract of pyproject.toml catches the violation planted for it, and keeps a clean tree.

Refuses to trust a contract that was never seen broken.
"""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.house import HOUSE, ROOMS, sources

PLANTED = {
    "downwards": ("services", "handlers.common"),
    "domain": ("domain", "sqlmodel"),
    "storage": ("storage", "aiogram"),
    "services": ("services", "aiogram"),
    "documents": ("services", "locales"),
    "handlers": ("handlers", "storage.tables"),
    "locales": ("locales", "domain.people"),
    "webchat": ("webchat", "services.access"),
}
"""For each contract, the room a bad line is put in and what it imports."""

TREE = {
    "bot/app.py": "import handlers.common, services.access, storage.tables, domain.people, locales.words, webchat",
    "handlers/common.py": "import services.access, domain.people, locales.words, aiogram",
    "services/access.py": "import storage.tables, domain.people, sqlmodel",
    "services/documents/quote.py": "import locales.words, locales",
    "storage/tables.py": "import domain.people, sqlmodel, cryptography",
    "domain/people.py": "import enum",
    "locales/words.py": "import babel",
    "webchat/world.py": "import aiogram.types, aiohttp",
}
"""A small house in which every permitted import occurs."""


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache", "--config", "pyproject.toml"],
        cwd=root,
        env={"PYTHONPATH": ".", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def small_house(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text((HOUSE / "pyproject.toml").read_text())
    for name, text in TREE.items():
        module = tmp_path / name
        module.parent.mkdir(parents=True, exist_ok=True)
        module.write_text(text + "\n")
        for package in module.relative_to(tmp_path).parents:
            if package.name:
                (tmp_path / package / "__init__.py").touch()
    return tmp_path


def test_every_contract_keeps_what_the_design_permits(small_house: Path) -> None:
    result = lint(small_house)

    assert result.returncode == 0, result.stdout + result.stderr


def test_every_contract_catches_its_violation(small_house: Path) -> None:
    contracts = tomllib.loads((HOUSE / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert {contract["id"] for contract in contracts} == set(PLANTED), "plant a violation for a new contract"
    for name, (room, target) in PLANTED.items():
        (small_house / room / f"bad_{name}.py").write_text(f"import {target}\n")

    result = lint(small_house)

    assert result.returncode != 0
    summary, _, details = result.stdout.partition("Broken contracts")
    for contract in contracts:
        room, target = PLANTED[contract["id"]]
        assert f"{contract['name']} BROKEN" in summary
        assert f"{room}.bad_{contract['id']} -> {target}" in details


def imports(path: Path) -> set[str]:
    """Every module a source file names in an import."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", sources("domain"), ids=str)
def test_the_rules_import_nothing_but_python(path: Path) -> None:
    """The contract can only list what it forbids; this refuses everything else as well."""
    foreign = {name for name in imports(HOUSE / path) if name.split(".")[0] not in {"domain", *sys.stdlib_module_names}}

    assert not foreign


AIOGRAM_FOR_THE_WEB_CHAT = ("aiogram.types", "aiogram.methods", "aiogram.client.session")


@pytest.mark.parametrize("path", sources("webchat"), ids=str)
def test_the_web_chat_takes_only_the_wire_from_aiogram(path: Path) -> None:
    """import-linter sees a foreign library as one module; which part of it is meant can only be read in the line."""
    taken = {name for name in imports(HOUSE / path) if name.split(".")[0] == "aiogram"}

    assert all(name.startswith(AIOGRAM_FOR_THE_WEB_CHAT) for name in taken), taken


@pytest.mark.parametrize("path", sources(*(room for room in ROOMS if room != "webchat")), ids=str)
def test_the_web_chat_is_entered_by_its_public_face_and_by_the_process_only(path: Path) -> None:
    taken = {name for name in imports(HOUSE / path) if name.split(".")[0] == "webchat"}

    assert taken <= ({"webchat"} if path.parts[0] == "bot" else set())
