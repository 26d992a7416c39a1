"""The house of DESIGN.md §2, read from the source: floors, owners, sizes, habits and the table of commands.

A rule takes one module and tells what it breaks. That the rules see anything is proven on texts of a line or two.
"""

from __future__ import annotations

import ast
import functools
import importlib
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click
import pytest

from backlogtool.app import packaged, rendering
from backlogtool.cli.main import COMMANDS
from backlogtool.codec.policy import Layer, load
from tests.conftest import ROOT

PACKAGE = "backlogtool"
MAX_MODULE, MAX_FUNCTION = 320, 50

#: room -> its floor. A room imports from lower floors only; inside a room anything goes but a cycle.
FLOORS = {
    "": 0,  # the package itself: its version
    "errors": 0,
    "domain": 1,
    **dict.fromkeys(("codec", "generation", "insight", "planning"), 2),
    **dict.fromkeys(("stores", "views", "interchange"), 3),
    "app": 4,
    **dict.fromkeys(("cli", "server"), 5),
    "__main__": 6,
}
#: What reaches the world outside the process, or is somebody else's code -> the rooms and modules that may have it.
OWNERS = {
    "yaml": ("codec",),
    "jinja2": ("views",),
    "click": ("cli",),
    "frontmatter": ("codec", "interchange"),
    "git": ("stores.git",),
    "subprocess": ("stores.git", "views.limited"),
    "fcntl": ("stores.git",),
    "importlib": ("cli.main",),
}
#: Rooms in which everything is decided from the values handed in.
PURE = ("errors", "domain", "codec", "generation", "insight", "planning", "views", "interchange")
#: Modules of those rooms that reach the world, each for one thing.
NOT_PURE = {
    "views.limited": "starts the process that renders other people's templates",
    "views.child": "is that process",
}
WORLD = {
    *("asyncio", "getpass", "glob", "http", "io", "locale", "logging", "multiprocessing", "os", "pathlib", "platform"),
    *("random", "secrets", "shutil", "socket", "sqlite3", "ssl", "sys", "tempfile", "threading", "time", "uuid"),
    "urllib.request",
}
#: Types that an annotation needs and that are not there when the program runs.
TYPES_ONLY = {
    *((name, "domain.brief") for name in ("app.reading", "domain.query", "stores.base")),
    *((name, "stores.git.runner") for name in ("stores.git.files", "stores.git.repository")),
    ("stores.git.no_commit", "stores.git.repository"),
    ("stores.git.repository", "stores.git.objects"),
    ("stores.git.runner", "stores.git.interruptions"),
    *((name, "stores.git.hearing") for name in ("stores.git.objects", "stores.git.runner")),
    *((name, "stores.git.index.items") for name in ("stores.git.items", "stores.git.store")),
    *(("stores.git.store", f"stores.git.{name}") for name in ("edits", "index.work", "span")),
    ("stores.git.index.events", "stores.git.index.events_telling"),
    ("stores.git.index.events", "stores.git.index.work"),
    ("stores.git.index.events_state", "stores.git.index.work"),
    ("stores.git.index.events_state", "stores.git.runner"),
    ("stores.git.index.events_telling", "stores.git.history"),
    ("stores.git.index.events_telling", "stores.git.index.events_walk"),
    ("stores.git.index.events_telling", "stores.git.graphs"),
    ("stores.git.index.events_telling", "stores.git.runner"),
    ("stores.git.store", "stores.git.history"),
    ("stores.git.store", "stores.git.index.events"),
    ("stores.git.telling", "stores.git.history"),
    ("stores.git.telling", "stores.git.index.events"),
    ("errors", "domain.finding"),
    ("codec.merging_parts", "codec.frontmatter"),
    ("stores.git.writer", "stores.git.store"),
    ("stores.git.store", "stores.git.index.search"),
    ("domain.body", "domain.policy"),
}
#: Imports inside functions, each with its reason.
LAZY = {
    ("stores.git.commit", "stores.git.porcelain"): "most commits are made without git commit",
    ("stores.git.plumbing", "stores.git.porcelain"): "most commits are not refused",
    ("stores.git.index.events", "stores.git.index.events_state"): "a story that is known needs nothing more",
    ("stores.git.index.events", "stores.git.index.events_telling"): "a story that is known is not told again",
    ("stores.git.index.events_state", "stores.git.index.events_build"): "only commits that are not known need it",
    ("stores.git.index.events_telling", "stores.git.history"): "a story that is known is not told again",
    ("stores.git.index.events_telling", "stores.git.index.events_walk"): "what no commit touched needs no graph",
    ("stores.git.store", "stores.git.index.events"): "a list of items needs no story",
    ("stores.git.telling", "stores.git.history"): "a story that the index knows needs no git",
    ("__main__", "cli.main"): "until it is loaded, Ctrl-C ends the process without a word",
    ("cli.main", "cli.context"): "--help and --version need no workspace",
    ("cli.main", "cli.misplaced"): "only a command line that is not understood needs it",
    ("cli.show", "cli.revisions"): "most people look at what stands now",
    ("stores.git.repository", "stores.git.no_commit"): "only a mistake needs it",
    ("cli.main", "cli.output"): "only an error needs it before a command has loaded it",
    ("domain.layout", "zlib"): "only ids that are not random need it",
    ("app.layout", "app.freshness"): "only a policy with views.auto needs the templates' engine",
    ("app.writing", "app.freshness"): "only a policy with views.auto needs the templates' engine",
    ("stores.git.store", "stores.git.writer"): "readers do not load what writes",
    ("stores.git.store", "stores.git.index.search_source"): "only a search needs it",
    ("stores.git.store", "stores.git.places"): "only a writer looks everywhere",
    ("stores.git.repository", "stores.git.bases"): "few histories are unrelated",
    ("app.items", "codec.markdown"): "only a file that a person wrote needs the strict reader",
    ("app.writing", "app.acting"): "only a policy that enforces roles needs it",
    ("app.guarding", "stores.git.beside"): "only dependencies of a write on another branch are read from a commit",
    ("app.guarding", "stores.git.single"): "only dependencies of a write on another branch are read from a commit",
    ("domain.dependencies", "shlex.quote"): "few items wait for what is not there",
    ("app.writing", "app.guarding"): "most backlogs have neither guards nor limits nor dependencies",
    ("app.writing", "difflib"): "only a preview needs it",
    ("app.formatting", "app.formatting_grouped"): "the templates' engine is slow to load, and items need none",
    ("stores.git.hookfiles", "codec.marks"): "few repositories have our hooks",
    ("app.writing", "app.branching"): "few writes are for another branch",
    ("cli.context", "app.branching"): "few writes are for another branch",
    ("cli.helped", "cli.branch_option"): "few writes are for another branch",
    ("cli.context", "cli.branch_option"): "commands that read use the rest of this module",
    ("cli.init", "app.initial"): "each part is loaded by whoever sets it up",
    ("cli.init", "app.setup_ci"): "each part is loaded by whoever sets it up",
    ("cli.init", "app.setup_hooks"): "each part is loaded by whoever sets it up",
    ("cli.init", "app.setup_editor"): "each part is loaded by whoever sets it up",
    ("app.merging", "app.merging_views"): "views are seldom in conflict, and the templates' engine is slow to load",
    ("app.validation", "app.validating_merge"): "few runs are about a merge",
    ("cli.create", "cli.editor"): "who says it in words needs none",
    ("cli.edit", "cli.editor"): "who says it in options needs none",
    ("codec.strictyaml", "codec.strictyaml_causes"): "only what cannot be read needs it",
    ("codec.strictyaml", "yaml"): "it takes half as long to load as the interpreter; the usual files need none",
    ("codec.merging_parts", "codec.markdown"): "only what the quick reader does not answer needs the strict one",
    ("codec.quick", "codec.markdown"): "only what the quick reader does not answer needs the strict one",
    ("app.packaged", "pathlib.Path"): "only what renders looks through the templates",
    ("codec.strictyaml_fault", "yaml"): "as in codec.strictyaml",
    ("app.reading", "codec.plain"): "only JSON needs it",
    ("app.settings", "app.bounded"): "only a personal file of settings needs it",
    ("app.settings", "codec.strictyaml"): "only a personal file of settings needs it",
    ("app.workspace", "codec.policy"): "a policy that is kept needs no reader of YAML",
    ("app.workspace", "domain.rbac"): "only a policy that enforces roles needs it",
    ("app.workspace", "domain.workflow"): "only squashed commits are judged by a reader",
    ("app.workspace", "stores.memory"): "only the memory backend needs it",
    ("cli.context", "app.result"): "only writes have its options",
    ("cli.context", "cli.choices"): "only a shell that completes a line asks for them",
    ("cli.main", "click.shell_completion.CompletionItem"): "only a shell that completes a line asks for it",
    ("cli.main", "domain.spelling"): "only an unknown command needs it",
    ("cli.formats", "csv"): "only that format needs it",
    ("cli.formats", "views.escape"): "only a Markdown table needs it",
    ("cli.list_items", "json"): "only JSON needs it",
    ("cli.log", "codec.plain"): "only JSON needs it",
    ("cli.main", "traceback"): "only a bug needs it",
    ("cli.output", "codec.plain"): "only JSON needs it",
    ("cli.output", "json"): "only JSON needs it",
    ("cli.output", "unicodedata"): "only text that is not ASCII needs it",
    ("cli.results", "app.reading"): "only JSON needs it",
    ("cli.results", "codec.plain"): "only JSON needs it",
    ("cli.show", "codec.plain"): "only JSON needs it",
    ("cli.validate", "cli.reports"): "only other tools' formats need it",
    ("cli.report_format", "cli.reports"): "most commands are answered, and most people read on a terminal",
    ("cli.show", "domain.body"): "only an item with sections needs it",
    ("cli.show", "json"): "only values of several parts need it",
    ("domain.event", "hashlib"): "events that are kept have their ids",
    ("stores.git.index.items", "stores.git.index.verdicts"): "only validate asks for verdicts",
    ("stores.git.index.items", "stores.git.index.texts"): "few filters look at texts",
    ("stores.git.index.refresh", "stores.git.index.update"): "where nothing has changed, nothing is parsed",
    ("stores.git.index.rows", "hashlib"): "where nothing has changed, there is nothing to name",
    ("stores.git.index.rows", "_sha1"): "where nothing has changed, there is nothing to name",
    ("stores.git.index.rows", "json"): "most items have no findings",
    ("stores.base", "codec.markdown"): "only a new file is written whole",
    ("stores.base", "domain.brief"): "only lists need it",
    ("stores.base", "domain.workflow"): "readers judge nothing",
    ("stores.base", "hashlib"): "only who changes an item asks for its version",
    ("app.validation", "app.attributes"): "few ranges change any",
    ("stores.git.files", "stores.git.committed"): "a work tree is read without git",
    ("stores.git.files", "stores.git.objects"): "a work tree is read without git",
    ("stores.git.files", "unicodedata"): "few names are odd",
    ("stores.git.objects", "codecs"): "hardly any commit names an encoding",
    ("stores.git.objects", "hashlib"): "only who builds on the last commit looks at it",
    ("stores.git.objects", "zlib"): "only who builds on the last commit looks at it",
    ("stores.git.repository", "stores.git.edits"): "only who compares with the last commit needs it",
    ("stores.git.repository", "stores.git.objects"): "most commands that read start no git",
    ("stores.git.repository", "stores.git.runner"): "most commands that read start no git",
    ("stores.git.runner", "stores.git.hearing"): "most commands that read start no git",
    ("stores.git.runner", "stores.git.outgrown"): "git answers sooner as a rule",
    ("stores.git.runner", "stores.git.stuck"): "git answers sooner as a rule",
    ("stores.git.runner", "subprocess"): "most commands that read start no git",
    ("stores.git.runner", "threading"): "most commands that read start no git",
    ("stores.git.unfinished", "fcntl"): "hardly ever does a journal stand there",
    ("stores.git.store", "stores.git.index.items"): "showing one item needs no index",
    ("stores.git.store", "stores.git.edits"): "most readers compare nothing",
    ("stores.git.store", "stores.git.meant"): "only what judges commits needs it",
    ("stores.git.store", "stores.git.span"): "only what judges commits needs it",
}
ENVIRONMENT = (
    *("app.settings", "app.workspace", "cli"),
    *("stores.git.discovery", "stores.git.fault", "stores.git.runner"),
)
CLOCK = ("app.workspace",)
#: What starts git, and what asks it in words of the caller's choice. A runner may be handed on by its type.
GIT = ("stores.git.runner", "stores.git.streaming", "stores.git.apart", "stores.git.differences.ask")
GIT_TYPE = "stores.git.runner.Git"
PRINTERS = ("cli.output", "cli.main", "cli.helped", "views.child")

_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
_CLOCKS = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns")
_ENVIRONMENTS = ("os.environ", "os.environb", "os.getenv", "os.putenv", "os.unsetenv")
_PRINTS = ("click.echo", "click.secho", "click.echo_via_pager", "sys.stdout", "sys.stderr")
_DANGERS = (
    *("print", "eval", "exec", "compile", "input", "breakpoint", "__import__", "os.system", "os.popen"),
    *(
        f"yaml.{name}"
        for name in ("load", "load_all", "full_load", "unsafe_load", "dump", "UnsafeLoader", "FullLoader")
    ),
)
_DANGEROUS_MODULES = ("pickle", "marshal", "shelve", "dill")


@dataclass(frozen=True)
class Module:
    """One file; ``name`` is dotted and without the package, such as ``codec.splice``."""

    name: str
    text: str

    @property
    def room(self) -> str:
        return self.name.partition(".")[0]

    @functools.cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @functools.cached_property
    def _every_node(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    def nodes(self, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
        return (node for node in self._every_node if isinstance(node, kinds))

    def belongs(self, places: tuple[str, ...]) -> bool:
        """Whether it is one of these modules, or lies in one of these rooms."""
        return any(self.name == place or self.name.startswith(f"{place}.") for place in places)


def _modules() -> dict[str, Module]:
    found = {}
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        parts = path.relative_to(ROOT / PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = Module(name, path.read_text(encoding="utf-8"))
    return found


MODULES = _modules()


# --- imports


def _types_only(module: Module) -> set[ast.AST]:
    """The nodes below ``if TYPE_CHECKING:``."""
    guards = [node for node in module.nodes(ast.If) if ast.unparse(node.test) == "TYPE_CHECKING"]  # type: ignore[attr-defined]
    return {inner for guard in guards for inner in ast.walk(guard)}


def _imported(node: ast.AST) -> Iterator[str]:
    """The dotted names that an import names; of ``from a import b`` it is ``a.b``, whatever ``b`` is."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"line {node.lineno}: relative import"
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _own(dotted: str) -> str | None:
    """The module of ours that a dotted name lies in, without the package; None for anybody else's."""
    if dotted != PACKAGE and not dotted.startswith(f"{PACKAGE}."):
        return None
    name = dotted[len(PACKAGE) + 1 :]
    return name if name in MODULES else name.rpartition(".")[0]


def imports(module: Module, *, types: bool = False) -> Iterator[tuple[ast.AST, str]]:
    """Every import as (node, dotted name); with ``types`` only those for annotations, else only the others."""
    guarded = _types_only(module)
    for node in module.nodes(ast.Import, ast.ImportFrom):
        if (node in guarded) is types:
            yield from ((node, dotted) for dotted in _imported(node))


def edges(module: Module) -> set[str]:
    """The modules of ours that the module imports when it runs."""
    return {own for _, dotted in imports(module) if (own := _own(dotted)) is not None and own != module.name}


def _cycle(graph: dict[str, set[str]]) -> list[str]:
    """Modules that import each other in a ring; empty if there is none.

    Where there is none, taking away those that lead nowhere, again and again, leaves nothing.
    """
    left = dict(graph)
    while leaves := [name for name, targets in left.items() if not targets & left.keys()]:
        for name in leaves:
            del left[name]
    if not left:
        return []
    way = [min(left)]
    while way[-1] not in way[:-1]:
        way.append(min(left[way[-1]] & left.keys()))
    return way[way.index(way[-1]) :]


# --- rules: a module -> what it breaks

Rule = Callable[[Module], Iterator[str]]


def imports_go_down(module: Module) -> Iterator[str]:
    for target in edges(module):
        room = target.partition(".")[0]
        if room != module.room and FLOORS[room] >= FLOORS[module.room]:
            yield f"{module.name} imports {target}, which is not on a lower floor"


def types_are_declared(module: Module) -> Iterator[str]:
    for _, dotted in imports(module, types=True):
        if (own := _own(dotted)) is not None and (module.name, own) not in TYPES_ONLY:
            yield f"{module.name} imports {own} for annotations; TYPES_ONLY does not know"


def owners_hold_what_they_own(module: Module) -> Iterator[str]:
    for _, dotted in imports(module):
        top = dotted.partition(".")[0]
        if top in OWNERS and not module.belongs(OWNERS[top]):
            yield f"{module.name} imports {top}, which belongs to {', '.join(OWNERS[top])}"
        elif top not in sys.stdlib_module_names and top not in OWNERS and top != PACKAGE:
            yield f"{module.name} imports {top}, which nobody owns"


def pure_rooms_touch_nothing(module: Module) -> Iterator[str]:
    if module.room not in PURE or module.name in NOT_PURE:
        return
    for _, dotted in imports(module):
        if {dotted, dotted.partition(".")[0], dotted.rpartition(".")[0]} & WORLD:
            yield f"{module.name} imports {dotted}"
    for name, line in _uses(module):
        if name == "open":
            yield f"{module.name}:{line} opens a file"


def imports_stand_at_the_top(module: Module) -> Iterator[str]:
    for own in _inner_imports(module):
        if (module.name, own) not in LAZY:
            yield f"{module.name} imports {own} inside a function"


def modules_and_functions_are_small(module: Module) -> Iterator[str]:
    if (lines := module.text.count("\n")) > MAX_MODULE:
        yield f"{module.name} has {lines} lines"
    for node in module.nodes(*_FUNCTION):
        if (lines := node.end_lineno - node.lineno + 1) > MAX_FUNCTION:  # type: ignore[attr-defined]
            yield f"{module.name}.{node.name} has {lines} lines"  # type: ignore[attr-defined]


def nothing_dangerous_is_used(module: Module) -> Iterator[str]:
    for name, line in _uses(module):
        if name in _DANGERS:
            yield f"{module.name}:{line} uses {name}"
    for _, dotted in imports(module):
        if dotted.partition(".")[0] in _DANGEROUS_MODULES or dotted in _DANGERS:
            yield f"{module.name} imports {dotted}"
    for node in module.nodes(ast.keyword):
        if node.arg == "shell" and ast.unparse(node.value) != "False":  # type: ignore[attr-defined]
            yield f"{module.name} starts a shell"


def one_place_reads_the_environment(module: Module) -> Iterator[str]:
    yield from _only(module, _ENVIRONMENTS, ENVIRONMENT, "reads the environment")


def one_place_reads_the_clock(module: Module) -> Iterator[str]:
    yield from _only(module, _CLOCKS, CLOCK, "reads the clock")


def one_room_asks_git(module: Module) -> Iterator[str]:
    """Others may hand a runner on, to functions that say what is asked; DESIGN 2: every git process is stores/git's."""
    if module.belongs(("stores.git",)):
        return
    for node, dotted in (*imports(module), *imports(module, types=True)):
        name = dotted.removeprefix(f"{PACKAGE}.")
        if name != GIT_TYPE and Module(name, "").belongs(GIT):
            yield f"{module.name}:{node.lineno} imports {name}"  # type: ignore[attr-defined]
    for node in module.nodes(ast.Attribute):
        if ast.unparse(node.value).rpartition(".")[2] in ("git", "user_git"):  # type: ignore[attr-defined]
            yield f"{module.name}:{node.lineno} asks git itself"  # type: ignore[attr-defined]
    for node in module.nodes(ast.Call):
        if ast.unparse(node.func).rpartition(".")[2] == "Git":  # type: ignore[attr-defined]
            yield f"{module.name}:{node.lineno} makes a runner"  # type: ignore[attr-defined]


def one_place_prints(module: Module) -> Iterator[str]:
    yield from _only(module, _PRINTS, PRINTERS, "prints")


RULES: list[Rule] = [
    imports_go_down,
    types_are_declared,
    owners_hold_what_they_own,
    pure_rooms_touch_nothing,
    imports_stand_at_the_top,
    modules_and_functions_are_small,
    nothing_dangerous_is_used,
    one_place_reads_the_environment,
    one_place_reads_the_clock,
    one_room_asks_git,
    one_place_prints,
]


def _uses(module: Module) -> Iterator[tuple[str, int]]:
    """Every name and dotted name with its line; of a longer chain its last two parts."""
    for node in module.nodes(ast.Name, ast.Attribute):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute):
            yield f"{ast.unparse(node.value).rpartition('.')[2]}.{node.attr}", node.lineno


def _only(module: Module, names: tuple[str, ...], places: tuple[str, ...], does: str) -> Iterator[str]:
    if module.belongs(places):
        return
    used = [name for name, _ in _uses(module) if name in names]
    used += [dotted for _, dotted in imports(module) if dotted in names]
    yield from (f"{module.name} {does}: {name}" for name in used)


def _inner_imports(module: Module) -> Iterator[str]:
    """What is imported inside functions: modules of ours without the package, others by their dotted name."""
    for function in module.nodes(*_FUNCTION, ast.Lambda):
        for node in ast.walk(function):
            yield from (_own(dotted) or dotted for dotted in _imported(node))


# --- the house


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_module_keeps_the_rule(rule: Rule) -> None:
    assert [told for module in MODULES.values() for told in rule(module)] == []


def test_every_room_has_its_floor() -> None:
    assert {module.room for module in MODULES.values()} <= FLOORS.keys()


def test_no_modules_import_each_other_in_a_ring() -> None:
    assert _cycle({name: edges(module) for name, module in MODULES.items()}) == []


def test_the_tables_of_exceptions_hold_nothing_that_is_gone() -> None:
    lazy = {(module.name, own) for module in MODULES.values() for own in _inner_imports(module)}
    types = {(module.name, _own(dotted)) for module in MODULES.values() for _, dotted in imports(module, types=True)}
    assert lazy >= LAZY.keys()
    assert types >= TYPES_ONLY
    assert MODULES.keys() >= {*CLOCK, *PRINTERS, *NOT_PURE, *(name for name in ENVIRONMENT if "." in name)}


BROKEN: list[tuple[Rule, str, str]] = [
    (imports_go_down, "domain.x", "from backlogtool.codec import splice"),
    (imports_go_down, "codec.x", "import backlogtool.generation.run"),
    (imports_go_down, "views.x", "from backlogtool.stores.base import Store"),
    (imports_go_down, "app.x", "def f():\n    from backlogtool.cli import output"),
    (types_are_declared, "domain.x", "if TYPE_CHECKING:\n    from backlogtool.codec import splice"),
    (owners_hold_what_they_own, "domain.x", "import yaml"),
    (owners_hold_what_they_own, "app.x", "from jinja2.sandbox import SandboxedEnvironment"),
    (owners_hold_what_they_own, "stores.memory", "import subprocess"),
    (owners_hold_what_they_own, "cli.list", "import importlib"),
    (owners_hold_what_they_own, "server.x", "import requests"),
    (pure_rooms_touch_nothing, "domain.x", "import os.path"),
    (pure_rooms_touch_nothing, "insight.x", "from time import time"),
    (pure_rooms_touch_nothing, "codec.x", "open('x')"),
    (pure_rooms_touch_nothing, "views.x", "from urllib import request"),
    (imports_stand_at_the_top, "app.x", "def f():\n    import json"),
    (modules_and_functions_are_small, "app.x", "\n" * 401),
    (modules_and_functions_are_small, "app.x", "def f():\n" + "    f()\n" * 60),
    (nothing_dangerous_is_used, "app.x", "print(1)"),
    (nothing_dangerous_is_used, "codec.x", "yaml.load(text)"),
    (nothing_dangerous_is_used, "codec.x", "from yaml import load"),
    (nothing_dangerous_is_used, "codec.x", "import pickle"),
    (nothing_dangerous_is_used, "stores.git.x", "run(command, shell=True)"),
    (nothing_dangerous_is_used, "app.x", "os.system(command)"),
    (one_place_reads_the_environment, "app.x", "os.environ['HOME']"),
    (one_place_reads_the_environment, "app.x", "from os import getenv"),
    (one_place_reads_the_clock, "app.x", "datetime.datetime.now(UTC)"),
    (one_place_reads_the_clock, "cli.x", "date.today()"),
    (one_room_asks_git, "app.x", "repository.git.read('rev-parse', 'HEAD')"),
    (one_room_asks_git, "app.x", "def f(git: Git):\n    git.write('gc')"),
    (one_room_asks_git, "cli.x", "space.repository.user_git.write('add', '.')"),
    (one_room_asks_git, "app.health.x", "Git(directory)"),
    (one_room_asks_git, "app.x", "from backlogtool.stores.git.differences import ask"),
    (one_room_asks_git, "app.x", "from backlogtool.stores.git import streaming"),
    (one_room_asks_git, "app.x", "from backlogtool.stores.git.runner import inert"),
    (one_place_prints, "cli.x", "click.echo(text)"),
    (one_place_prints, "app.x", "sys.stderr.write(text)"),
]


@pytest.mark.parametrize(("rule", "name", "text"), BROKEN, ids=lambda one: str(getattr(one, "__name__", one))[:40])
def test_a_rule_sees_what_breaks_it(rule: Rule, name: str, text: str) -> None:
    assert len(list(rule(Module(name, text)))) >= 1


def test_a_ring_of_imports_is_seen() -> None:
    assert _cycle({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}) == ["b", "c", "b"]
    assert _cycle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


# --- tables and what travels with the package


def test_every_command_module_stands_in_the_table_and_nothing_else_does() -> None:
    """A command's module has a ``command`` at its top level."""
    modules = {
        name.removeprefix("cli.")
        for name, module in MODULES.items()
        if module.room == "cli" and any(getattr(node, "name", "") == "command" for node in module.tree.body)
    }
    assert modules == {module for module, _ in COMMANDS.values()}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_entry_of_the_table_loads_and_bears_its_name(name: str) -> None:
    module, said = COMMANDS[name]
    command = importlib.import_module(f"{PACKAGE}.cli.{module}").command
    assert isinstance(command, click.Command)
    assert command.name == name
    assert command.help
    assert said.endswith((".", "…"))


def test_the_packaged_policy_is_there_and_has_no_findings() -> None:
    loaded = load([Layer(packaged.policy_text(), packaged.POLICY_PATH)])
    assert loaded.policy is not None
    assert loaded.findings == []


def test_the_packaged_templates_are_there() -> None:
    templates = packaged.templates()
    assert {"BACKLOG.md.j2", "TODO.md.j2", "DASHBOARD.md.j2", rendering.GENERATED_ITEM} <= templates.keys()
    assert all(text.strip() for text in templates.values())


def test_policy_and_templates_travel_in_the_wheel() -> None:
    built = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    included = built["targets"]["wheel"]["force-include"]
    for top in (packaged.POLICY_PATH.partition("/")[0], packaged.TEMPLATES):
        assert included[top] == f"{PACKAGE}/_packaged/{top}"
