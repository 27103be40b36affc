"""The map's outlines and the projection they are drawn in."""

from __future__ import annotations

import pytest

from node.domain.region_map import Box, InvalidMap, Point, RegionMap
from node.reference import load_map, load_rulebook

VALUES = {
    "attribution": "nobody's",
    "view": [0, 0, 100, 50],
    "panels": [{"name": "West", "view": [0, 0, 50, 50]}],
    "projection": {
        "lat_1": 52,
        "lat_2": 64,
        "lat_0": 56,
        "lon_0": 100,
        "left_m": 0,
        "top_m": 0,
        "units_per_m": 0.001,
        "pad": 0,
    },
    "units": {"A": {"label": [1, 1], "centre": [1, 1], "path": "M0,0L2,0L2,1Z"}},
}


def test_every_region_of_the_directory_has_an_outline_and_its_seat_lies_on_it() -> None:
    found, directory = load_map(), load_rulebook().directory
    assert len(found.shapes) == 83
    for code, shape in found.shapes.items():
        unit = directory[code]
        assert unit.lat is not None
        assert unit.lon is not None
        seat = found.projection.place(unit.lon, unit.lat)
        # The projection is the one the outlines were drawn in: seats agree to a kilometre or so.
        assert seat == pytest.approx(shape.centre, abs=0.2), code
        assert shape.box.grown(6).holds(seat), code


def test_what_is_hard_to_hit_is_known() -> None:
    found = load_map()
    tiny = {code for code in found.shapes if found.is_tiny(code)}
    assert tiny == {"RU-MOW", "RU-SPE", "RU-IN"}


def test_every_outline_is_seen_in_a_panel() -> None:
    found = load_map()
    for code, shape in found.shapes.items():
        assert any(panel.view.holds(shape.label) for panel in found.panels), code


def test_a_box_is_grown_met_and_put_around_others() -> None:
    one, other = Box(0, 0, 2, 2), Box(5, 5, 1, 1)
    assert Box.around([one, other]) == Box(0, 0, 6, 6)
    assert not one.meets(other)
    assert one.grown(3).meets(other)
    assert RegionMap.from_values(VALUES).shapes["A"].box == Box(0, 0, 2, 1)
    assert RegionMap.from_values(VALUES).shapes["A"].label == Point(1, 1)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"view": [0, 0, 100]}, "view"),
        ({"attribution": ""}, "attribution"),
        ({"panels": {}}, "panels"),
        ({"units": {"A": {"label": [1], "centre": [1, 1], "path": "M0,0L1,1Z"}}}, "units.A.label"),
        ({"units": {"A": {"label": [1, 1], "centre": [1, 1], "path": "m0,0z"}}}, "units.A.path"),
        ({"units": {'"': {"label": [1, 1], "centre": [1, 1], "path": "M0,0L1,1Z"}}}, "units"),
        ({"projection": {"lat_1": "52"}}, "projection.lat_1"),
    ],
)
def test_a_map_that_is_none_is_refused_by_place(change: dict[str, object], place: str) -> None:
    with pytest.raises(InvalidMap, match=place):
        RegionMap.from_values(VALUES | change)
