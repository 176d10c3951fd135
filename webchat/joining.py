"""Joins modules of the page into few files: on a bad line each costs a journey, on a slow telephone a look into the cache.

Knows only the imports and exports the page is written in. Refuses others: what it can't read is an error when the server starts.
"""

import re
from collections.abc import Mapping, Sequence

_STATIC = re.compile(r'^import \{ ([^}]*) \} from "\./(\w+)\.js";$', re.MULTILINE)
_PASSED_ON = re.compile(r'^export \{ ([^}]*) \} from "\./(\w+)\.js";$', re.MULTILINE)
_DYNAMIC = re.compile(r'\bimport\("\./(\w+)\.js"\)')
_DECLARED = re.compile(r"^export ((?:async )?function|const|class) (\w+)", re.MULTILINE)
_UNKNOWN = re.compile(r"^\s*(?:import|export)\b(?! ?\().*$", re.MULTILINE)


def joined(sources: Mapping[str, str], groups: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The modules, `name.js` to text, with each group as one file under its own name instead of its members.

    A joined module is a function that runs once and gives what it exports, under its name with a `$` before it. Raises
    `ValueError` for an import or export of another form, a module that is not there, and modules that wait for each other.
    """
    home = {member: group for group, members in groups.items() for member in members}
    if missing := home.keys() - sources.keys():
        raise ValueError(f"not modules of the page: {sorted(missing)}")
    files = {name: _imports_from(_dynamic(text, home), home) for name, text in sources.items() if name not in home}
    for group, members in groups.items():
        order = _in_order(sources, home, group, members)
        outside = sorted({each for member in members for each in _named(sources[member]) if home.get(each) != group})
        if strangers := [each for each in outside if each not in home]:
            raise ValueError(f"{group} needs {strangers}, which are joined nowhere")
        imports = [f'import {{ {_name(each)} }} from "./{home[each]}";' for each in outside]
        bodies = [_as_function(member, _dynamic(sources[member], home)) for member in order]
        exports = f"export {{ {', '.join(_name(member) for member in order)} }};"
        files[group] = "\n".join([*imports, *bodies, exports, ""])
    for name, text in files.items():
        if lost := [member for member in home if f'"./{member}"' in text]:
            raise ValueError(f"{name} asks for {lost} in a form that can't be joined")
    return files


def _name(module: str) -> str:
    return "$" + module.removesuffix(".js")


def _named(text: str) -> list[str]:
    """The modules another one asks for before it runs."""
    return [f"{found[2]}.js" for pattern in (_STATIC, _PASSED_ON) for found in pattern.finditer(text)]


def _in_order(sources: Mapping[str, str], home: Mapping[str, str], group: str, members: Sequence[str]) -> list[str]:
    """Each module after those it asks for."""
    order: list[str] = []

    def visit(module: str, waiting: tuple[str, ...]) -> None:
        if module in waiting:
            raise ValueError(f"modules wait for each other: {' '.join((*waiting, module))}")
        if module in order or home.get(module) != group:
            return
        for each in _named(sources[module]):
            visit(each, (*waiting, module))
        order.append(module)

    for member in members:
        visit(member, ())
    return order


def _as_function(module: str, text: str) -> str:
    names = {name: name for _, name in _DECLARED.findall(text)}
    for passed, origin in _PASSED_ON.findall(text):
        names |= {name.strip(): f"{_name(origin)}.{name.strip()}" for name in passed.split(",")}
    body = _PASSED_ON.sub("", text)
    body = _STATIC.sub(lambda found: f"const {{ {_taken(found[1])} }} = {_name(found[2])};", body)
    body = _DECLARED.sub(r"\1 \2", body)
    _refuse_unknown(module, body)
    given = ", ".join(name if name == origin else f"{name}: {origin}" for name, origin in names.items())
    return f"const {_name(module)} = (() => {{\n{body}return {{ {given} }};\n}})();"


def _imports_from(text: str, home: Mapping[str, str]) -> str:
    """A module that stays a file of its own, asking the joined files for what they hold now."""

    def one(found: re.Match[str]) -> str:
        group = home.get(f"{found[2]}.js")
        if group is None:
            return found[0]
        return f'import {{ {_name(found[2])} }} from "./{group}";\nconst {{ {_taken(found[1])} }} = {_name(found[2])};'

    return _STATIC.sub(one, text)


def _dynamic(text: str, home: Mapping[str, str]) -> str:
    def one(found: re.Match[str]) -> str:
        group = home.get(f"{found[1]}.js")
        return found[0] if group is None else f'import("./{group}").then((all) => all.{_name(found[1])})'

    return _DYNAMIC.sub(one, text)


def _taken(names: str) -> str:
    return names.replace(" as ", ": ")


def _refuse_unknown(module: str, body: str) -> None:
    if found := _UNKNOWN.search(body):
        raise ValueError(f"{module}: {found[0].strip()!r} is not an import or export this page is written in")
