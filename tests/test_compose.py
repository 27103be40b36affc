"""compose/ says only what is true: commands, options, ports, variables and files it names exist.

No docker is needed: the files are parsed and held against the program itself.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.core import TyperGroup

from node import settings
from node.__main__ import app
from node.reference import read_units
from node.web.api import ROUTERS

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = ROOT / "compose"
FILES = sorted(COMPOSE.glob("*.yaml"))
SECRETS = "/run/secrets"


# --- The rules, as functions of what was parsed ---------------------------------------------------


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    """Instruction and argument, continuation lines joined, comments left out."""
    lines = [line for line in dockerfile.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [
        (word.upper(), rest)
        for line in joined.splitlines()
        if line.strip()
        for word, _, rest in [line.strip().partition(" ")]
    ]


def environment_of(dockerfile: str) -> dict[str, str]:
    """Variables of the image itself: those set after the last FROM."""
    variables: dict[str, str] = {}
    for word, rest in instructions(dockerfile):
        if word == "FROM":
            variables = {}
        elif word == "ENV":
            variables |= dict(part.split("=", 1) for part in shlex.split(rest))
    return variables


def commands_in(compose: str) -> list[list[str]]:
    """Every `cur …` of a compose file: what services run, and what its comments tell to type."""
    typed = re.findall(r"^#.*? exec [a-z0-9-]+ (cur [^#\n]+)", compose, re.MULTILINE)
    run = [service.get("command", []) for service in yaml.safe_load(compose)["services"].values()]
    return [shlex.split(line) for line in typed] + [words for words in run if words[:1] == ["cur"]]


def unknown_command(words: list[str]) -> str | None:
    """Why the program would not take this command line, or None when it would."""
    command, rest = typer.main.get_command(app), words[1:]
    context = typer.Context(command, info_name="cur")
    while isinstance(command, TyperGroup):
        found = command.get_command(context, rest[0]) if rest else None
        if found is None:
            return f"{shlex.join(words)}: there is no such command"
        command, rest = found, rest[1:]
    try:
        command.make_context(command.name, rest, parent=context)
    except typer.TyperException as error:
        return f"{shlex.join(words)}: {error}"
    return None


def given_variables(service: dict[str, Any], image: dict[str, str]) -> dict[str, str]:
    return image | {name: str(value) for name, value in service.get("environment", {}).items()}


def unknown_variables(variables: dict[str, str]) -> list[str]:
    known = settings.known_variables() | option_variables()
    return [name for name in variables if name.startswith(("NODE_", "CUR_")) and name not in known]


def option_variables() -> set[str]:
    """Variables that stand for an option of a command, such as CUR_CONFIG."""
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return {
        str(parameter.envvar)
        for command in group.commands.values()
        for parameter in command.params
        if parameter.envvar
    }


def missing_files(compose: str, folder: Path) -> list[str]:
    """Files named and not there. A secret need not be, when the header tells how to make it."""
    parsed = yaml.safe_load(compose)
    named = [volume.split(":")[0] for volume in all_volumes(parsed) if volume.startswith(".")]
    for service in parsed["services"].values():
        build = service.get("build")
        if build:
            named += [build["context"], f"{build['context']}/{build['dockerfile']}"]
    header = compose.split("\nservices:")[0]
    for secret in parsed.get("secrets", {}).values():
        told = f"> {secret['file'].removeprefix('./')}\n" in header
        named += [] if told else [secret["file"]]
    return sorted({name for name in named if not (folder / name).exists()})


def all_volumes(parsed: dict[str, Any]) -> Iterator[str]:
    for service in parsed["services"].values():
        yield from service.get("volumes", [])


def undeclared(parsed: dict[str, Any]) -> list[str]:
    """Volumes, secrets, networks and services that are used and never declared."""
    found = []
    for name, service in parsed["services"].items():
        used = {
            "volumes": [v.split(":")[0] for v in service.get("volumes", []) if v[0] not in "./"],
            "secrets": [
                s if isinstance(s, str) else s["source"] for s in service.get("secrets", [])
            ],
            "networks": service.get("networks", []),
            "services": [
                *service.get("depends_on", []),
                *re.findall(r"^service:(.+)", service.get("network_mode", "")),
            ],
        }
        for kind, names in used.items():
            declared = parsed.get(kind) or {}
            found += [f"{name}: {kind} {one}" for one in names if one not in declared]
    return found


def open_ports(parsed: dict[str, Any]) -> list[str]:
    ports = [port for service in parsed["services"].values() for port in service.get("ports", [])]
    return [port for port in ports if not str(port).startswith("127.0.0.1:")]


# --- What stands in compose/ ----------------------------------------------------------------------

DOCKERFILE = (COMPOSE / "Dockerfile").read_text(encoding="utf-8")
IMAGE = environment_of(DOCKERFILE)


@pytest.fixture(params=FILES, ids=lambda file: str(file.name))
def compose(request: pytest.FixtureRequest) -> str:
    text: str = request.param.read_text(encoding="utf-8")
    return text


@pytest.fixture
def parsed(compose: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(compose)
    return loaded


def nodes(parsed: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        name: service
        for name, service in parsed["services"].items()
        if service.get("command") == ["cur", "run"]
    }


def test_the_program_takes_every_command_line(compose: str) -> None:
    commands = commands_in(compose)
    assert commands
    assert [why for words in commands if (why := unknown_command(words))] == []


def test_every_variable_is_a_setting(parsed: dict[str, Any]) -> None:
    for service in nodes(parsed).values():
        assert unknown_variables(given_variables(service, IMAGE)) == []


def test_everything_named_is_declared_and_every_file_is_there(
    compose: str, parsed: dict[str, Any]
) -> None:
    assert undeclared(parsed) == []
    assert missing_files(compose, COMPOSE) == []


def test_secrets_never_reach_the_repository() -> None:
    assert "/compose/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_nothing_is_published_beyond_this_machine(parsed: dict[str, Any]) -> None:
    assert open_ports(parsed) == []


def test_each_node_would_start_from_its_settings(parsed: dict[str, Any], tmp_path: Path) -> None:
    """What the container would see: its variables, the mounted file, the secrets by target name."""
    for service in nodes(parsed).values():
        variables = given_variables(service, IMAGE)
        mounts = dict(reversed(v.split(":")[:2]) for v in service["volumes"])
        config = variables.pop("CUR_CONFIG", None)
        if "NODE_SECRETS_DIR" in variables:
            assert variables["NODE_SECRETS_DIR"] == SECRETS
            variables["NODE_SECRETS_DIR"] = str(tmp_path)
            for secret in service["secrets"]:
                (tmp_path / secret["target"]).write_text("postgresql://cur:x@database/cur\n")
        loaded = settings.load(COMPOSE / mounts[config] if config else None, variables)
        assert loaded.unit in {unit.code for unit in read_units(ROOT / "config" / "units.csv")}
        assert str(loaded.data) in mounts, "the data folder is not on a volume"
        assert loaded.web.host == "0.0.0.0", "unreachable from outside the container"
        holder = service.get("network_mode", "").removeprefix("service:")
        published = [
            port.rsplit(":", 1)[1] for port in parsed["services"].get(holder, service)["ports"]
        ]
        assert str(loaded.web.port) in published
        if "secrets" in service:
            assert loaded.database_url.startswith("postgresql://")


def test_a_service_waited_for_says_when_it_is_ready(parsed: dict[str, Any]) -> None:
    for service in parsed["services"].values():
        waits = service.get("depends_on", {})
        for name, how in waits.items() if isinstance(waits, dict) else []:
            if how["condition"] == "service_healthy":
                assert "test" in parsed["services"][name]["healthcheck"]


def test_the_hierarchy_is_a_chain_of_four_tiers_that_share_nothing() -> None:
    parsed = yaml.safe_load((COMPOSE / "hierarchy.yaml").read_text(encoding="utf-8"))
    units = {unit.code: unit for unit in read_units(ROOT / "config" / "units.csv")}
    chain = [units[service["environment"]["NODE_UNIT"]] for service in nodes(parsed).values()]
    assert len({unit.tier for unit in chain}) == 4
    assert [unit.parent for unit in chain[1:]] == [unit.code for unit in chain[:-1]]
    assert len(set(all_volumes(parsed))) == 4
    for service in nodes(parsed).values():
        variables = service["environment"]
        # Plain http is spoken on loopback only, and all four hear each other there.
        url = f"http://127.0.0.1:{variables['NODE_WEB__PORT']}"
        assert variables["NODE_WEB__PUBLIC_URL"] == url
        assert service["network_mode"] == "service:loopback"


def test_each_join_in_the_comments_dials_the_parent_of_who_types_it() -> None:
    text = (COMPOSE / "hierarchy.yaml").read_text(encoding="utf-8")
    services = yaml.safe_load(text)["services"]
    units = {unit.code: unit for unit in read_units(ROOT / "config" / "units.csv")}
    invited = re.findall(r"exec ([a-z-]+) cur invite (\S+)", text)
    joined = re.findall(r"exec ([a-z-]+) cur join (\S+) TOKEN", text)
    assert len(invited) == len(joined) == 3
    for (parent, unit), (child, url) in zip(invited, joined, strict=True):
        assert services[child]["environment"]["NODE_UNIT"] == unit
        assert services[parent]["environment"]["NODE_UNIT"] == units[unit].parent
        assert services[parent]["environment"]["NODE_WEB__PUBLIC_URL"] == url


# --- The image ------------------------------------------------------------------------------------


def test_the_image_runs_the_program_as_nobody_in_particular() -> None:
    last = dict(instructions(DOCKERFILE))
    assert last["USER"] not in {"root", "0"}
    assert unknown_command(json.loads(last["CMD"])) is None
    assert unknown_variables(IMAGE) == []
    assert last["EXPOSE"] == IMAGE["NODE_WEB__PORT"]
    assert last["VOLUME"] == IMAGE["NODE_DATA"] == last["WORKDIR"]


def test_the_health_check_asks_a_path_that_exists_and_is_valid_python() -> None:
    check = dict(instructions(DOCKERFILE))["HEALTHCHECK"]
    words = json.loads(check.split("CMD ", 1)[1])
    assert words[:2] == ["python", "-c"]
    compile(words[2], "healthcheck", "exec")
    path = re.search(r"\}(/[a-z]+)'", words[2])
    assert path is not None
    assert path[1] in {route.path for router in ROUTERS for route in router.routes}  # type: ignore[attr-defined]


def test_the_builder_is_sent_what_the_image_copies_and_no_more() -> None:
    copied = [
        source
        for word, rest in instructions(DOCKERFILE)
        if word == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sent = [line.removeprefix("!") for line in ignore if line.startswith("!")]
    assert "*" in ignore
    assert sorted(sent) == sorted(copied)
    assert [source for source in copied if not (ROOT / source).exists()] == []


def test_the_image_installs_only_what_the_lock_has_hashed() -> None:
    fetching = [rest for word, rest in instructions(DOCKERFILE) if word == "RUN" and "pip" in rest]
    online = [
        command
        for rest in fetching
        for command in rest.split("&&")
        if re.search(r"\bpip\b.*\b(install|download|wheel)\b", command)
        and "--no-index" not in command
    ]
    assert len(online) == 1
    assert "--require-hashes" in online[0]
    assert "requirements.lock" in online[0]


# --- The rules can fail ---------------------------------------------------------------------------


def test_what_does_not_exist_is_named() -> None:
    bad = (
        "# docker compose exec node cur migrat --now\n"
        "services:\n  node:\n    command: [cur, run, --fast]\n    ports: ['8000:8000']\n"
        "    environment: {NODE_UNITS: RU, CUR_CONFG: x, LANG: C}\n"
        "    volumes: ['data:/data', './absent.toml:/x']\n    depends_on: [database]\n"
        "secrets:\n  word:\n    file: ./secrets/word\n"
    )
    parsed = yaml.safe_load(bad)
    assert [bool(unknown_command(words)) for words in commands_in(bad)] == [True, True]
    assert unknown_variables(parsed["services"]["node"]["environment"]) == [
        "NODE_UNITS",
        "CUR_CONFG",
    ]
    assert open_ports(parsed) == ["8000:8000"]
    assert undeclared(parsed) == ["node: volumes data", "node: services database"]
    assert missing_files(bad, COMPOSE) == ["./absent.toml", "./secrets/word"]
    assert unknown_command(["cur", "token", "add", "duty"]) is None
    assert unknown_command(["cur", "token", "add"]) is not None
