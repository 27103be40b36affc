"""What is different between two directories."""

from __future__ import annotations

from dataclasses import replace

from node.domain.directory import Directory
from node.domain.directory_changes import changes
from tests.support.directories import SMALL, a_unit


def test_the_same_units_in_another_order_are_no_difference() -> None:
    assert not changes(SMALL, Directory(reversed(SMALL.units)))


def test_units_come_go_and_change() -> None:
    kept = [
        replace(unit, parent="south", curator="помощник") if unit.code == "town-a" else unit
        for unit in SMALL.units
        if unit.code != "quarter"
    ]
    found = changes(SMALL, Directory([*kept, a_unit("town-e", "north")]))
    assert [unit.code for unit in found.added] == ["town-e"]
    assert [unit.code for unit in found.removed] == ["quarter"]
    assert [(one.unit.code, one.field, one.before, one.after) for one in found.changed] == [
        ("town-a", "parent", "north", "south"),
        ("town-a", "curator", None, "помощник"),
    ]
    assert found
