"""The page's files, read and compressed once, and the headers that keep them safe.

Refuses any name that is not a file of the page: what is served is a dictionary, not a directory.
"""

import gzip
import hashlib
import json
import mimetypes
from collections.abc import Iterator
from pathlib import Path

from aiohttp import web

from webchat.joining import joined
from webchat.model import JSON

PAGE = Path(__file__).parent / "page"
_TYPES = {
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_SQUEEZED = {".js", ".css", ".svg", ".json", ".webmanifest"}
_FOR_THE_SERVER = {"index.html", "sw.js"}
FIRST, LATER = "first.js", "later.js"
JOINED = {
    FIRST: ("main.js", "dom.js", "store.js", "reduce.js", "i18n.js", "phone.js", "timeline.js", "composer.js"),
    LATER: (
        *("net.js", "outbox.js", "message.js", "entities.js", "keyboards.js", "marks.js", "grid7.js"),
        *("box.js", "files.js"),
    ),
}
"""What has to be there before one can write, and what the page asks for right after: one journey each."""
_DEMO_ONLY = ("demo", "clock.", "events.", "faults.", "stories.")
_BOOTS = {"chat": "chat.js"}
LANGUAGES = ("fr", "en", "tr", "ar", "pt")


class Assets:
    """One build of the page; its address changes when a byte of it does."""

    def __init__(self, page: Path = PAGE) -> None:
        paths = sorted(path for path in page.rglob("*") if path.is_file()) if page.is_dir() else []
        self._files = _with_joined({path.relative_to(page).as_posix(): path.read_bytes() for path in paths})
        digest = hashlib.sha256()
        for name, data in self._files.items():
            digest.update(f"{name}\0{len(data)}\0".encode() + data)
        self.build = digest.hexdigest()[:12]
        self.base = f"/s/{self.build}"
        self._gzipped = {
            name: gzip.compress(data, 9, mtime=0)
            for name, data in self._files.items()
            if Path(name).suffix in _SQUEEZED
        }

    def index(self, mode: str, here: JSON | None = None) -> str:
        """The HTML of the page in one of its modes: demo, chat, closed; a chat carries `here`, what it starts from."""
        html = self._files.get("index.html", b"<!doctype html><title>Compagnon</title>").decode()
        values = {"base": self.base, "mode": mode, "build": self.build, "boot": _BOOTS.get(mode, "boot.js")}
        values |= {"lang": "fr", "dir": "ltr", "preload": "", "here": ""}
        if mode != "closed":
            values["preload"] = f'<link rel="modulepreload" href="{self.base}/{FIRST}">'
        if here is not None:
            lang = here["lang"] if here["lang"] in LANGUAGES else "fr"
            values |= {"lang": lang, "dir": "rtl" if lang == "ar" else "ltr"}
            words = json.loads(self._files[f"lang/{lang}.json"])
            values["here"] = json_script("here", here | {"lang": lang, "words": words, "later": [LATER]})
        for name, value in values.items():
            html = html.replace("{{" + name + "}}", value)
        return html

    def worker(self) -> str:
        """The service worker of this build: its bytes change with it, so that nobody stays on an old page for ever."""
        shell = sorted(f"{self.base}/{name}" for name, _ in self.shell())
        source = self._files.get("sw.js", b"").decode()
        return source.replace('"{{build}}"', json.dumps(self.build)).replace('["{{shell}}"]', json.dumps(shell))

    def shell(self) -> Iterator[tuple[str, bytes]]:
        """What a telephone keeps of this build: all but the demo's own parts."""
        for name, data in self._files.items():
            if not name.startswith(_DEMO_ONLY) and name not in _FOR_THE_SERVER:
                yield name, data

    async def serve(self, request: web.Request) -> web.Response:
        """A file of this build, for ever cacheable."""
        name = request.match_info["name"]
        if request.match_info["build"] != self.build or name not in self._files or name in _FOR_THE_SERVER:
            raise web.HTTPNotFound
        suffix = Path(name).suffix
        kind = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable",
            "X-Content-Type-Options": "nosniff",
            "Vary": "Accept-Encoding",
        }
        headers["Content-Type"] = f"{kind}; charset=utf-8" if suffix in _SQUEEZED else kind
        if name in self._gzipped and "gzip" in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=self._gzipped[name], headers=headers | {"Content-Encoding": "gzip"})
        return web.Response(body=self._files[name], headers=headers)


def _with_joined(files: dict[str, bytes]) -> dict[str, bytes]:
    scripts = {name for name in files if name.endswith(".js") and name not in _FOR_THE_SERVER}
    if not scripts:
        return files
    kept = {name: data for name, data in files.items() if name not in scripts}
    made = joined({name: files[name].decode() for name in scripts}, JOINED)
    return kept | {name: text.encode() for name, text in sorted(made.items())}


def json_script(name: str, value: JSON) -> str:
    """Data inside the HTML, which no text in it can close."""
    data = json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{data}</script>'


def page_headers(origin: str) -> dict[str, str]:
    """What every HTML answer carries; strict transport only where there is one."""
    socket = origin.replace("http", "ws", 1)
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; "
        f"connect-src 'self' {socket}; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types chat-sw"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "microphone=(self), camera=(self), geolocation=(), payment=(), usb=()",
        "Cache-Control": "no-store",
    }
    return headers | ({"Strict-Transport-Security": "max-age=31536000"} if origin.startswith("https:") else {})
