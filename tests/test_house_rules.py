"""The rules of the house as functions, each shown to fail on a bad example and to hold here.

A rule takes text or names and returns sentences, one per breach; it never looks at the disk. What
import-linter, ruff and mypy can say is said by them (last section).
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import pytest

from node import settings

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("node", "federation")
TOP_FILES = ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "dev", "requirements.lock")
TOP_FOLDERS = ("config", "migrations", "compose", "federation", "node", "tests")
EMPTY_NAMES = frozenset(
    ["util", "utils", "helper", "helpers", "common", "manager", "managers", "misc", "base_utils"]
)
MAX_LINES = 400


def project_files() -> list[str]:
    """Every file git tracks or would track, or, without git, every file that is not hidden."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
        return [str(path) for path in found if not _made_by_tools(path)]
    return sorted(name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def _made_by_tools(path: Path) -> bool:
    made = {"__pycache__", "build", "dist", "data"}
    return any(part.startswith(".") or part in made for part in path.parts)


FILES = project_files()


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


def python_files(*folders: str) -> Iterator[tuple[str, str]]:
    for name in FILES:
        if name.endswith(".py") and name.split("/")[0] in folders:
            yield name, read(name)


# --- The tree -------------------------------------------------------------------------------------


def strays(names: Iterable[str]) -> list[str]:
    tops = {PurePosixPath(name).parts[0] for name in names}
    return [
        f"{top}: the top level is fixed"
        for top in sorted(tops - {*TOP_FILES, *TOP_FOLDERS})
        if not top.startswith(".")
    ]


def nameless(names: Iterable[str]) -> list[str]:
    """Files and folders whose name says nothing of what lives there."""
    return [
        f"{name}: name the noun that hides in it"
        for name in names
        for part in PurePosixPath(name).parts
        if EMPTY_NAMES & set(PurePosixPath(part).stem.lower().split("_"))
        or re.search(r"_part_?\d+$", PurePosixPath(part).stem)
    ]


def oversized(name: str, text: str) -> list[str]:
    lines = text.count("\n")
    return [f"{name}: {lines} lines, at most {MAX_LINES}"] if lines > MAX_LINES else []


def test_the_top_level_holds_only_what_the_layout_has() -> None:
    assert strays(FILES) == []
    assert strays(["node/clock.py", ".ci/run", "notes.txt"]) == [
        "notes.txt: the top level is fixed"
    ]


def test_every_file_is_named_by_its_noun() -> None:
    assert nameless(FILES) == []
    bad = ["node/utils.py", "node/common/x.py", "node/text_helpers.py", "node/issue_part2.py"]
    assert len(nameless(bad)) == 4
    assert nameless(["node/commons.py", "node/departures.py"]) == []


def test_no_python_file_is_longer_than_one_can_see() -> None:
    written = [name for name in FILES if name.endswith(".py") or name == "dev"]
    # A migration is a record of its day, made by a tool: nobody lives there.
    rooms = [name for name in written if not name.startswith("migrations/versions/")]
    assert [breach for name in rooms for breach in oversized(name, read(name))] == []
    assert oversized("x.py", "\n" * 401) == ["x.py: 401 lines, at most 400"]


# --- Tiers are data -------------------------------------------------------------------------------

TIERS = frozenset(path.stem for path in (ROOT / "config" / "tiers").glob("*.toml"))


def tier_literals(name: str, source: str, tiers: Iterable[str] = TIERS) -> list[str]:
    """String literals equal to a tier's name, in Python or in a template."""
    if name.endswith(".py"):
        found = [
            (node.lineno, node.value)
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
    else:
        found = [
            (number, word)
            for number, line in enumerate(source.splitlines(), 1)
            for word in re.findall(r"""["']([a-z]+)["']""", line)
        ]
    return [f"{name}:{line}: a tier is data, not {word!r}" for line, word in found if word in tiers]


def test_no_line_of_the_program_knows_a_tier() -> None:
    assert len(TIERS) >= 4
    looked_at = [
        name
        for name in FILES
        if name.split("/")[0] in PACKAGES and name.endswith((".py", ".html", ".txt", ".js"))
    ]
    assert [breach for name in looked_at for breach in tier_literals(name, read(name))] == []
    bad = 'if tier == "regional":\n    pass\n'
    assert tier_literals("x.py", bad, ["regional"]) == ["x.py:1: a tier is data, not 'regional'"]
    assert tier_literals("x.html", "{% if tier == 'regional' %}", ["regional"])
    assert (
        tier_literals("x.py", '"""A regional node."""\nword = "regionally"\n', ["regional"]) == []
    )


# --- Flat tuples ----------------------------------------------------------------------------------

# Folder, and the name of the tuple in its __init__.py that is the list of what lives there.
TUPLES = {
    "node/jobs": "JOBS",
    "node/intake": "CHANNELS",
    "node/delivery": "DELIVERIES",
    "node/statements": "HANDLERS",
    "node/dashboards": "DASHBOARDS",
    "node/web/api": "ROUTERS",
    "node/web/pages": "ROUTERS",
}


def imported(source: str) -> dict[str, str]:
    """Name in this file → the module it came from, or is: `node.jobs.exchange` for `exchange`."""
    origin = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                is_module = (ROOT / f"{whole.replace('.', '/')}.py").exists()
                origin[alias.asname or alias.name] = whole if is_module else node.module
        elif isinstance(node, ast.Import):
            origin |= {alias.asname or alias.name: alias.name for alias in node.names}
    return origin


def assigns(name: str, source: str) -> bool:
    targets: list[ast.expr] = []
    for node in ast.parse(source).body:
        targets += node.targets if isinstance(node, ast.Assign) else []
        targets += [node.target] if isinstance(node, ast.AnnAssign) else []
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def forgotten(tuple_name: str, init: str, modules: Iterable[str], used: Iterable[str]) -> list[str]:
    """Modules the tuple's file does nothing with and nobody else imports: written and never run."""
    if not assigns(tuple_name, init):
        return [f"there is no {tuple_name}"]
    names = {node.id for node in ast.walk(ast.parse(init)) if isinstance(node, ast.Name)}
    reached = {module for name, module in imported(init).items() if name in names} | set(used)
    return [f"{name}: is not in {tuple_name}" for name in sorted(modules) if name not in reached]


def modules_of(folder: str) -> list[str]:
    files = [PurePosixPath(name) for name in FILES if name.endswith(".py")]
    here = [file for file in files if str(file.parent) == folder and file.stem != "__init__"]
    return [str(file.with_suffix("")).replace("/", ".") for file in here]


@pytest.mark.parametrize("folder", [folder for folder in TUPLES if modules_of(folder)])
def test_the_tuple_of_a_folder_forgets_no_module_of_it(folder: str) -> None:
    init = f"{folder}/__init__.py"
    used = {
        module
        for name, source in python_files(*PACKAGES)
        if name != init
        for module in imported(source).values()
    }
    assert forgotten(TUPLES[folder], read(init), modules_of(folder), used) == []


def test_a_module_left_out_of_its_tuple_is_named() -> None:
    init = (
        "from node import clock\n"
        "from node.jobs.watch import Watch\nfrom node.jobs.poll import POLL\n"
        "JOBS: tuple[object, ...] = (clock, Watch())\n"
    )
    listed = ["node.clock", "node.jobs.watch"]
    assert forgotten("JOBS", init, listed, []) == []
    assert forgotten("JOBS", init, [*listed, "node.jobs.poll"], []) == [
        "node.jobs.poll: is not in JOBS"
    ]
    assert forgotten("JOBS", init, [*listed, "node.jobs.job"], ["node.jobs.job"]) == []
    assert forgotten("JOBS", "", listed, []) == ["there is no JOBS"]


# --- Documents ------------------------------------------------------------------------------------


def setting_names() -> set[str]:
    """`unit`, `web.port`, … as they are spelt in node.toml."""
    prefix = settings.ENV_PREFIX
    names = settings.known_variables() - {f"{prefix}SECRETS_DIR"}
    return {name.removeprefix(prefix).lower().replace("__", ".") for name in names} | {"policy"}


def unexplained(names: Iterable[str], example: str) -> list[str]:
    """Settings that the example neither sets nor shows commented out, or gives no sentence to.

    A sentence is a comment with a capital letter above the key (several keys may share one) or
    behind it.
    """
    explained: set[str] = set()
    section, sentence = "", False
    for line in example.splitlines():
        text = line.strip()
        header = re.fullmatch(r"#?\s*\[([a-z_.]+)\]", text)
        key = re.fullmatch(r"#?\s*([a-z_]+)\s*=\s*([^#]*?)\s*(#.*)?", text)
        if header:
            section = f"{header[1]}."
            if sentence:
                explained.add(header[1])
        elif key:
            if sentence or key[3]:
                explained.add(f"{section}{key[1]}")
        elif text.startswith("#"):
            sentence = sentence or len(text) > len("# A word.")
            continue
        else:
            sentence = False
    return [f"{name}: has no sentence" for name in sorted(set(names) - explained)]


def test_every_setting_has_a_sentence_in_the_example() -> None:
    assert unexplained(setting_names(), read("config/node.example.toml")) == []
    example = "# The unit served.\nunit = 'RU'\n\n[web]\nport = 1\n# host = 'x'  # Where to.\n"
    assert unexplained(["unit", "web.host"], example) == []
    assert unexplained(["unit", "web.port", "log.level"], example) == [
        "log.level: has no sentence",
        "web.port: has no sentence",
    ]


def test_the_example_is_a_file_a_node_could_start_from(tmp_path: Path) -> None:
    file = tmp_path / "node.toml"
    shutil.copyfile(ROOT / "config" / "node.example.toml", file)
    assert settings.load(file, {}).unit


def undocumented(name: str, source: str) -> list[str]:
    """Modules without a docstring, and errors without the sentence that is their message."""
    tree = ast.parse(source)
    missing = [] if ast.get_docstring(tree) or not tree.body else [f"{name}: what lives here?"]
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.bases and not ast.get_docstring(node):
            kinds = {ast.unparse(base).split(".")[-1] for base in node.bases}
            if any(re.search(r"Error$|^(Invalid|Forbidden|NotFound|Conflict)$", k) for k in kinds):
                missing.append(f"{name}:{node.lineno}: {node.name} has no sentence")
    return missing


def test_every_module_and_every_error_says_what_it_is() -> None:
    files = python_files(*PACKAGES, "migrations")
    assert [breach for name, text in files for breach in undocumented(name, text)] == []
    assert undocumented("x.py", "class Late(Conflict):\n    pass\n") == [
        "x.py: what lives here?",
        "x.py:1: Late has no sentence",
    ]


# --- What no file tells, and who dials ------------------------------------------------------------


def telling(name: str, text: str) -> list[str]:
    """Names of package registries, and paths of a developer's machine."""
    hosts = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com"]
    hosts += ["deb.deb" + "ian.org", "pip.conf" + ".d", "index" + "-url="]
    places = [r"(?<![\w.-])/wo" + r"rk/", r"(?<![\w.-])/ro" + r"ot/", r"(?<![\w.-])/ho" + r"me/\w"]
    pattern = re.compile("|".join([*map(re.escape, hosts), *places]))
    return [
        f"{name}:{number}: {found[0]!r} belongs to one machine"
        for number, line in enumerate(text.splitlines(), 1)
        if (found := pattern.search(line))
    ]


def test_no_file_names_a_registry_or_a_place_on_one_machine() -> None:
    assert [breach for name in FILES for breach in telling(name, read(name))] == []
    assert telling("x", "fetch from https://py" + "pi.org/simple")
    assert telling("x", "see /ro" + "ot/notes and /wo" + "rk/main")
    assert telling("x", "GET /api/v1/work/items, docs/root/x") == []


def imports_httpx(name: str, source: str) -> list[str]:
    """Runtime imports of the HTTP client; a type under TYPE_CHECKING opens nothing."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = [ast.Pass()]
    found = []
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if any(module.split(".")[0] == "httpx" for module in names):
            assert isinstance(node, ast.Import | ast.ImportFrom)
            found.append(f"{name}:{node.lineno}: only federation/courier.py dials")
    return found


def test_one_module_imports_the_http_client() -> None:
    breaches = [
        breach for name, text in python_files(*PACKAGES) for breach in imports_httpx(name, text)
    ]
    assert {breach.split(":")[0] for breach in breaches} == {"federation/courier.py"}
    assert imports_httpx("x.py", "def f():\n    from httpx import get\n")
    assert imports_httpx("x.py", "if TYPE_CHECKING:\n    import httpx\n") == []


# --- The tools ------------------------------------------------------------------------------------


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = "import sys; from importlinter.cli import lint_imports_command as c; sys.exit(c())"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache", "--config", str(folder / "pyproject.toml")],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_floors_of_the_house_hold() -> None:
    linted = lint_imports(ROOT)
    assert linted.returncode == 0, linted.stdout + linted.stderr
    declared = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    assert f"Contracts: {len(declared)} kept, 0 broken" in linted.stdout


def test_an_import_upward_is_seen(tmp_path: Path) -> None:
    ignore = shutil.ignore_patterns("__pycache__", "_data")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignore)
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    with (tmp_path / "node" / "domain" / "errors.py").open("a", encoding="utf-8") as file:
        file.write("\nfrom node.store import session\n")
    linted = lint_imports(tmp_path)
    assert linted.returncode != 0
    assert "The house has floors: nothing imports upward BROKEN" in linted.stdout


@pytest.mark.prove
@pytest.mark.parametrize(
    "gate",
    ["ruff format --check . dev", "ruff check . dev", "mypy"],
    ids=["format", "lint", "types"],
)
def test_the_gates_of_check_hold(gate: str) -> None:
    """`./dev check` runs them first; here they hold where only the tests are run."""
    tool = Path(sys.executable).with_name(gate.split()[0])
    ran = subprocess.run(
        [str(tool), *gate.split()[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
