"""Joined modules say what they said apart, and what can't be read is refused."""

import subprocess
from pathlib import Path

import pytest

from webchat.joining import joined

SOURCES = {
    "greet.js": 'import { shout as loud } from "./loud.js";\nconst WORD = "bonjour";\n\n'
    "export function greet(name) {\n  return loud(`${WORD} ${name}`);\n}\n",
    "loud.js": 'const WORD = "!";\n\nexport const shout = (text) => text.toUpperCase() + WORD;\n',
    "later.js": 'import { greet } from "./greet.js";\n\nexport { shout } from "./more.js";\n'
    "export async function twice(name) {\n  return [greet(name), greet(name)];\n}\n",
    "more.js": 'export { shout } from "./loud2.js";\n',
    "loud2.js": "export const shout = (text) => text;\n",
    "start.js": 'import { greet } from "./greet.js";\n\nconst { twice, shout } = await import("./later.js");\n'
    'console.log(greet("léa"), JSON.stringify(await twice("sam")), shout("doux"));\n',
}
GROUPS = {"first.js": ["greet.js", "loud.js"], "then.js": ["later.js", "more.js", "loud2.js"]}


def test_joined_modules_run_as_they_did_apart(tmp_path: Path, node: str) -> None:
    said = []
    for folder, files in (("apart", SOURCES), ("joined", joined(SOURCES, GROUPS))):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "package.json").write_text('{"type": "module"}')
        for name, text in files.items():
            (tmp_path / folder / name).write_text(text, "utf-8")
        run = subprocess.run(
            [node, tmp_path / folder / "start.js"], capture_output=True, check=True, text=True, encoding="utf-8"
        )
        said.append(run.stdout)
    assert said[0] == said[1] == 'BONJOUR LÉA! ["BONJOUR SAM!","BONJOUR SAM!"] doux\n'


def test_members_are_served_in_their_file_only() -> None:
    assert set(joined(SOURCES, GROUPS)) == {"first.js", "then.js", "start.js"}


@pytest.mark.parametrize(
    ("sources", "members", "why"),
    [
        ({"a.js": "export default 1;\n"}, ["a.js"], "not an import or export"),
        ({"a.js": 'import * as b from "./b.js";\n', "b.js": ""}, ["a.js", "b.js"], "not an import or export"),
        ({"a.js": "export let n = 1;\n"}, ["a.js"], "not an import or export"),
        ({"a.js": 'import { b } from "./b.js";\n', "b.js": 'import { a } from "./a.js";\n'}, ["a.js", "b.js"], "wait"),
        ({"a.js": 'import { b } from "./b.js";\n', "b.js": "export const b = 1;\n"}, ["a.js"], "joined nowhere"),
        ({"a.js": "", "b.js": 'export { a } from "./a.js";\n'}, ["a.js"], "can't be joined"),
        ({"a.js": ""}, ["a.js", "c.js"], "not modules of the page"),
    ],
)
def test_what_it_cannot_read_is_refused(sources: dict[str, str], members: list[str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        joined(sources, {"all.js": members})
