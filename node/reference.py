"""The reference files of config/, read into values of the domain.

Every fault found in a file stops the start with the file, the place in it and the remedy. The
node's own settings are not read here (`settings.py`), and nothing here writes.
"""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import TypeVar

from node.domain import routing_values
from node.domain.agencies import Agencies
from node.domain.classifier import Classifier
from node.domain.danger import DangerRules
from node.domain.directory import COLUMNS, Directory, InvalidDirectory, Unit
from node.domain.norms import Norms
from node.domain.notices import Notices
from node.domain.production_calendar import ProductionCalendar
from node.domain.profile import Profile
from node.domain.readiness_defaults import ReadinessDefaults
from node.domain.region_map import RegionMap
from node.domain.repeats import RepeatRules
from node.domain.reply_templates import ReplyTemplates
from node.domain.retention import Retention
from node.domain.roles import Roles
from node.domain.routing import RuleSet
from node.domain.routing_check import with_sound_routing
from node.domain.rulebook import Rulebook
from node.domain.tier import TierPolicy

Value = TypeVar("Value")


class BadReferenceFile(Exception):
    """A reference file is missing or wrong: file, place and remedy stand in the message."""


def data_dir() -> Path:
    """Where config/ and migrations/ lie: inside an installed wheel, else the checkout's root."""
    package = Path(__file__).resolve().parent
    installed = package / "_data"
    return installed if installed.is_dir() else package.parent


def load_rulebook(
    config_dir: Path | None = None,
    *,
    extra_units: Path | None = None,
    extra_topics: Path | None = None,
    tier_overrides: Mapping[str, Mapping[str, object]] | None = None,
) -> Rulebook:
    """Read everything a node works by. BadReferenceFile names what is wrong and where.

    `extra_units` and `extra_topics` are a node's own units.csv and topics.toml laid over the
    shipped ones. A unit given again changes the shipped row where the new one is not blank: that
    is how a curator, or the day a node starts, is entered. `tier_overrides` are keys of a tier's
    file set by the node's settings, by tier code.
    """
    config = config_dir or data_dir() / "config"
    directory = _load_directory(config / "units.csv", extra_units)
    classifier, danger = _load_topics(config / "topics.toml", extra_topics)
    tiers = _load_tiers(config / "tiers", directory, tier_overrides or {})
    agencies = _parse(
        config / "agencies.toml",
        lambda table: Agencies.from_table(table, classifier).placed_in(directory),
    )
    holidays = _parse(config / "holidays.toml", ProductionCalendar.from_table)
    norms = _parse(
        config / "norms.toml",
        lambda table: Norms.from_table(table, holidays).checked(classifier, directory),
    )
    roles = _parse(config / "roles.toml", Roles.from_table)
    readiness = _parse(config / "readiness.toml", ReadinessDefaults.from_table)
    retention = _parse(
        _own_or_shipped(config, "retention.toml"),
        lambda table: Retention.from_table(table, classifier),
    )
    notices = _parse(_own_or_shipped(config, "notices.toml"), Notices.from_table)
    routing_file = config / "routing.toml"
    # An own folder may be without one: then every issue goes by its topic.
    routing = (
        _parse(routing_file, routing_values.from_table) if routing_file.exists() else RuleSet()
    )
    repeats = _parse(_own_or_shipped(config, "repeats.toml"), RepeatRules.from_table)
    reply_templates = _parse(
        _own_or_shipped(config, "reply_templates.toml"),
        lambda table: ReplyTemplates.from_table(table, classifier),
    )
    expected = {
        tier.code: tier.expected_units for tier in tiers.values() if tier.expected_units is not None
    }
    rulebook = _checked(
        extra_units or config / "units.csv",
        lambda: Rulebook(
            directory,
            classifier,
            agencies,
            tiers,
            norms,
            expected,
            roles,
            readiness,
            retention,
            notices,
            routing,
            danger,
            repeats=repeats,
            reply_templates=reply_templates,
        ),
    )
    return _checked(routing_file, lambda: with_sound_routing(rulebook))


def _own_or_shipped(config: Path, name: str) -> Path:
    """A file of the node's own folder, or the shipped one where that folder is without it."""
    own = config / name
    return own if own.exists() else data_dir() / "config" / name


def load_profile(
    profile: str | Path, classifier: Classifier, *, config_dir: Path | None = None
) -> Profile:
    """An import profile by name (of config/profiles/) or by the path of a .toml file."""
    folder = (config_dir or data_dir() / "config") / "profiles"
    path = Path(profile)
    if path.suffix != ".toml":
        known = sorted(file.stem for file in folder.glob("*.toml"))
        if str(profile) not in known:
            raise BadReferenceFile(
                f"no import profile is called {str(profile)!r}. Known: {', '.join(known)}; "
                "or give the path of a .toml file."
            )
        path = folder / f"{profile}.toml"
    return _parse(path, lambda table: Profile.from_table(path.stem, table, classifier))


def load_map(config_dir: Path | None = None) -> RegionMap:
    """The outlines of units that a map is drawn of."""
    path = (config_dir or data_dir() / "config") / "regions.json"
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    except json.JSONDecodeError as error:
        raise BadReferenceFile(f"{path}: not JSON: {error}. Mend the place named.") from error
    return _checked(path, lambda: RegionMap.from_values(values))


def read_units(path: Path) -> Iterator[Unit]:
    """The units of one units.csv; lines that begin with # are notes (origin and licence)."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    seen: dict[str, int] = {}
    numbered = [
        (number, line)
        for number, line in enumerate(text.split("\n"), 1)
        if line.strip() and not line.startswith("#")
    ]
    # A row is one line here: no field of a unit holds a line break, so numbers stay exact.
    header: list[str] | None = None
    for number, line in numbered:
        values = next(csv.reader([line]))
        if header is None:
            header = values
            _check_header(path, number, header)
            continue
        if len(values) != len(header):
            raise BadReferenceFile(
                f"{path}:{number}: {len(values)} fields where the header has {len(header)}. "
                "Put quotes around a name with a comma."
            )
        row = dict.fromkeys(COLUMNS, "") | dict(zip(header, values, strict=True))
        try:
            unit = Unit.from_row(row)
        except InvalidDirectory as error:
            raise BadReferenceFile(f"{path}:{number}: {error}. Mend this row.") from error
        if unit.code in seen:
            raise BadReferenceFile(
                f"{path}:{number}: unit {unit.code} stands already in line {seen[unit.code]}. "
                "Remove one of the two."
            )
        seen[unit.code] = number
        yield unit


def _check_header(path: Path, number: int, header: list[str]) -> None:
    unknown = [column for column in header if column not in COLUMNS]
    missing = [
        column
        for column in ("code", "tier", "parent", "name_ru", "timezone")
        if column not in header
    ]
    if unknown or missing or len(set(header)) != len(header):
        raise BadReferenceFile(
            f"{path}:{number}: the header is wrong"
            + (f", unknown: {', '.join(unknown)}" if unknown else "")
            + (f", missing: {', '.join(missing)}" if missing else "")
            + f". Columns are {', '.join(COLUMNS)}."
        )


def _load_directory(shipped: Path, extra: Path | None) -> Directory:
    units = {unit.code: unit for unit in read_units(shipped)}
    if extra is not None:
        for unit in read_units(extra):
            units[unit.code] = _over(units.get(unit.code), unit)
    return _checked(extra or shipped, lambda: Directory(units.values()))


def _over(shipped: Unit | None, own: Unit) -> Unit:
    if shipped is None:
        return own
    values = {field.name: getattr(own, field.name) for field in fields(own)}
    return replace(shipped, **{name: v for name, v in values.items() if v not in (None, "")})


def _load_topics(shipped: Path, extra: Path | None) -> tuple[Classifier, DangerRules]:
    """One file tells both: the topics, and under `[danger]` the words of danger to life."""
    classifier, danger = _parse(
        shipped, lambda table: (Classifier.from_table(table), DangerRules.from_topics(table))
    )
    if extra is not None:
        return _parse(extra, lambda table: (classifier.extended(table), danger.extended(table)))
    return classifier, danger


def _load_tiers(
    folder: Path, directory: Directory, overrides: Mapping[str, Mapping[str, object]]
) -> dict[str, TierPolicy]:
    """Every policy of the folder, in the order the directory comes to its tier from the top."""
    files = {file.stem: file for file in sorted(folder.glob("*.toml"))}
    for code in overrides:
        if code not in files:
            raise BadReferenceFile(f"{folder}: there is no tier {code!r}. Add {code}.toml there.")
    depth: dict[str, int] = {}
    for unit in directory.units:
        level = len(directory.ancestors(unit.code))
        depth[unit.tier] = min(level, depth.get(unit.tier, level))
    tiers: dict[str, TierPolicy] = {}
    for code in sorted(files, key=lambda code: (depth.get(code, len(depth)), code)):
        table = _parse(files[code], dict)
        source = str(files[code])
        if own := overrides.get(code):
            table, source = _laid_over(table, own), f"{source} under the settings' policy"
        tiers[code] = _policy(source, code, table)
    return tiers


def _policy(source: str, code: str, table: Mapping[str, object]) -> TierPolicy:
    return _checked(source, lambda: TierPolicy.from_table(code, table))


def _laid_over(table: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    """`own` keys in place of the file's; tables inside are laid over one another in turn."""
    laid = dict(table)
    for key, value in own.items():
        beneath = laid.get(key)
        if isinstance(value, Mapping) and isinstance(beneath, Mapping):
            laid[key] = _laid_over(beneath, value)
        else:
            laid[key] = value
    return laid


def _parse(path: Path, make: Callable[[dict[str, object]], Value]) -> Value:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    except tomllib.TOMLDecodeError as error:
        raise BadReferenceFile(f"{path}: not TOML: {error}. Mend the place named.") from error
    return _checked(path, lambda: make(table))


def _checked(source: Path | str, make: Callable[[], Value]) -> Value:
    try:
        return make()
    except ValueError as error:
        # Every Invalid… of the domain is one; its message already names the key or the code.
        raise BadReferenceFile(f"{source}: {error}. Mend it and start again.") from error


def _unreadable(path: Path, error: Exception) -> BadReferenceFile:
    if isinstance(error, UnicodeDecodeError):
        return BadReferenceFile(f"{path}: not UTF-8 at byte {error.start}. Save it as UTF-8.")
    return BadReferenceFile(f"{path}: cannot be read ({error}). Check the path and the rights.")
