"""What is different between two directories, unit by unit, for whoever signs or receives one."""

from __future__ import annotations

from dataclasses import dataclass, fields

from node.domain.directory import Directory, Unit

COMPARED = tuple(field.name for field in fields(Unit) if field.name != "code")


@dataclass(frozen=True, slots=True)
class UnitChange:
    """One field of one unit; a value is as `Unit` has it."""

    unit: Unit  # as it is now
    field: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class DirectoryChanges:
    """In the order of the directory each unit stands in."""

    added: tuple[Unit, ...]
    removed: tuple[Unit, ...]
    changed: tuple[UnitChange, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def changes(before: Directory, after: Directory) -> DirectoryChanges:
    """What happened between `before` and `after`. The order of the units is no difference."""
    return DirectoryChanges(
        added=tuple(unit for unit in after.units if unit.code not in before),
        removed=tuple(unit for unit in before.units if unit.code not in after),
        changed=tuple(
            UnitChange(unit, name, getattr(before[unit.code], name), getattr(unit, name))
            for unit in after.units
            if unit.code in before and before[unit.code] != unit
            for name in COMPARED
            if getattr(before[unit.code], name) != getattr(unit, name)
        ),
    )
