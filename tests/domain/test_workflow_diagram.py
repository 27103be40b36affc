"""The picture of the workflow holds every state and move of the table, whatever the table is."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from node.domain.issue import ENDED, MOVES, START, STATE_NAMES, WAITING, Move, State, leads_to
from node.domain.workflow_diagram import WHO, columns, rows, workflow_svg

SVG = "{http://www.w3.org/2000/svg}"


def drawn(moves: dict[str, Move] | None = None) -> ElementTree.Element:
    return ElementTree.fromstring(workflow_svg(moves or MOVES))


def words(group: ElementTree.Element) -> str:
    return " ".join(text.text or "" for text in group.iter(f"{SVG}text"))


def test_every_state_of_the_table_is_a_column_with_its_russian_name() -> None:
    heads = {group.get("data-state"): words(group) for group in drawn().iter(f"{SVG}g")}
    assert {state: heads[state] for state in State} == STATE_NAMES
    groups = {column.state: column.group for column in columns()}
    assert {state for state, group in groups.items() if group == "waiting"} == WAITING
    assert {state for state, group in groups.items() if group == "ended"} == ENDED
    assert columns()[0].state is START


def test_every_move_of_the_table_is_a_row_with_its_title_and_who_may() -> None:
    lines = {group.get("data-move"): words(group) for group in drawn().iter(f"{SVG}g")}
    for move in MOVES.values():
        assert lines[move.name].startswith(move.title)
        assert all(WHO[right] in lines[move.name] for right in move.rights)


@pytest.mark.parametrize("name", MOVES)
def test_a_row_shows_where_a_move_may_be_made_and_everywhere_it_may_lead(name: str) -> None:
    at = {column.x: column.state for column in columns()}
    row = next(row for row in rows() if row.move.name == name)
    assert {at[x] for x in row.sources} == MOVES[name].sources
    assert {at[x] for x in (*row.to, *row.else_to)} == leads_to(MOVES[name])
    group = next(one for one in drawn().iter(f"{SVG}g") if one.get("data-move") == name)
    tips = [one for one in group.iter(f"{SVG}path") if one.get("class") == "arrow"]
    dots = [one for one in group.iter(f"{SVG}circle") if one.get("class") == "dot"]
    assert len(dots) == len(row.sources)
    # One arrow for each side that a target is reached from.
    sides = {
        (target, source < target)
        for target in (*row.to, *row.else_to)
        for source in row.sources
        if source != target
    }
    assert len(tips) == len(sides)
    assert row.stays == (MOVES[name].to is None)


def test_the_picture_is_drawn_from_the_table_and_not_stored() -> None:
    """A move that is added, or leads elsewhere, is in the picture without anybody drawing it."""
    shelve = replace(MOVES["close"], name="shelve", title="Отложить <b>", to=State.REJECTED)
    picture = workflow_svg({**MOVES, "shelve": shelve})
    assert 'data-move="shelve"' in picture
    assert "Отложить &lt;b&gt;" in picture
    assert workflow_svg({**MOVES, "close": replace(MOVES["close"], to=State.MERGED)}) != (
        workflow_svg()
    )


def test_a_page_brings_its_own_colours() -> None:
    assert "<style>" in workflow_svg()
    assert "<style>" not in workflow_svg(styled=False)
