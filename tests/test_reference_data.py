"""The shipped reference files, and what a start says when one of them is wrong."""

from __future__ import annotations

import csv
import os
from collections import Counter
from pathlib import Path

import pytest

from node.domain.rulebook import Rulebook
from node.reference import BadReferenceFile, data_dir, load_profile, load_rulebook, read_units

ROOT = Path(__file__).resolve().parent.parent
UNITS = data_dir() / "config" / "units.csv"
HEADER = "code,tier,parent,name_ru,timezone"


@pytest.fixture(scope="module")
def rules() -> Rulebook:
    return load_rulebook()


@pytest.fixture
def real_file() -> Path:
    """The real Kursk file, which is not ours to carry along."""
    path = Path(os.environ.get("CUR_DATA", ROOT.parent / "shared" / "data")) / "kursk_appeals.csv"
    if not path.is_file():
        pytest.skip(f"{path.name} is not here; set CUR_DATA to the folder that holds it")
    return path


def test_the_directory_holds_the_country(rules: Rulebook) -> None:
    directory = rules.directory
    assert len(directory) == 622
    assert Counter(unit.tier for unit in directory.units) == {
        "national": 1,
        "district": 8,
        "regional": 83,
        "municipal": 530,
    }
    assert [len(directory.children(unit.code)) for unit in directory.children("RU")] == [
        *(18, 11, 6, 7, 14, 6, 10, 11)
    ]
    assert len(directory.children("RU-MOS")) == 44
    assert directory.root.code == "RU"
    assert len({unit.timezone for unit in directory.units}) >= 11


def test_every_municipality_stands_under_a_region_with_a_place_and_a_population(
    rules: Rulebook,
) -> None:
    for code in rules.directory.of_tier("municipal"):
        unit = rules.directory[code]
        assert unit.parent is not None
        assert rules.directory[unit.parent].tier == "regional"
        assert unit.lat is not None
        assert unit.population


def test_the_countrys_population_is_the_sum_of_its_regions(rules: Rulebook) -> None:
    regions = [
        rules.directory[code].population or 0 for code in rules.directory.of_tier("regional")
    ]
    assert rules.directory.population("RU") == sum(regions)
    assert 140_000_000 < sum(regions) < 150_000_000


def test_a_misspelt_town_is_found(rules: Rulebook) -> None:
    assert rules.directory.nearest("железногрск")[0] in {"04735000", "38705000"}
    assert "RU-KRS" in rules.directory.nearest("курская обл")


def test_tiers_go_from_the_top_down_and_two_of_them_take_appeals_in(rules: Rulebook) -> None:
    assert list(rules.tiers) == ["national", "district", "regional", "municipal"]
    assert [code for code, tier in rules.tiers.items() if tier.intake] == ["regional", "municipal"]
    assert rules.tier_of("RU-KRS") is rules.tiers["regional"]


def test_as_shipped_the_counts_are_the_expected_ones(rules: Rulebook) -> None:
    assert rules.expected == {"national": 1, "district": 8, "regional": 83, "municipal": 530}
    assert rules.surprises() == ()


def test_another_number_of_units_is_a_warning_and_no_failure(tmp_path: Path) -> None:
    more = tmp_path / "units.csv"
    more.write_text(
        f"# our own\n{HEADER}\nRU-NEW,regional,SZFO,Новая область,Europe/Moscow\n",
        encoding="utf-8",
    )
    rules = load_rulebook(extra_units=more)
    assert rules.directory.is_within("RU-NEW", "SZFO")
    assert rules.surprises() == ("tier regional: 84 units in the directory, 83 expected",)


def test_the_classifier_is_as_broad_as_the_work(rules: Rulebook) -> None:
    classifier = rules.classifier
    assert 8 <= len(classifier.blocks) <= 10
    assert len(classifier.sectors) == 26
    assert 140 <= len(classifier.topics) <= 180
    main = {
        "health",
        "social",
        "roads",
        "utilities",
        "amenities",
        "waste",
        "transport",
        "education",
    }
    assert main <= {sector.code for sector in classifier.sectors}
    # A name stands alone in a TOP, without its sector beside it.
    names = Counter(topic.name for topic in classifier.topics)
    assert [name for name, times in names.items() if times > 1] == []
    assert all(len(topic.code) <= 64 for topic in classifier.topics)


def test_whoever_may_be_hurt_is_on_the_fast_track(rules: Rulebook) -> None:
    danger = [topic for topic in rules.classifier.topics if topic.danger]
    assert {"gas.leak", "amenities.open_hatch", "power.live_wire", "roads.collapse"} <= {
        topic.code for topic in danger
    }
    slow = [topic.code for topic in danger if not topic.fast_track]
    # Moving people out of unfit housing takes longer than any short norm.
    assert slow == ["utilities.unfit_housing"]


def test_topics_on_health_poverty_and_children_are_sensitive(rules: Rulebook) -> None:
    classifier = rules.classifier
    for code in ("health", "social", "family", "service", "sanitary.vaccination"):
        assert classifier.is_sensitive(code)
    for code in ("education.bullying", "health.refusal", "family.guardianship"):
        assert classifier.is_sensitive(code)
    assert not classifier.is_sensitive("roads.pits")


def test_thirty_agencies_and_every_topic_has_one(rules: Rulebook) -> None:
    assert len(rules.agencies) == 30
    busy = {rules.agencies.for_topic(topic.code).code for topic in rules.classifier.topics}
    assert busy == {agency.code for agency in rules.agencies}
    assert rules.agencies.for_topic("unsorted").code == "administration"


def test_executors_stand_under_agencies(rules: Rulebook) -> None:
    assert len(rules.agencies.executors) >= 5
    assert {one.agency for one in rules.agencies.executors} <= {one.code for one in rules.agencies}
    assert rules.agencies.agency_of("water_utility") == "utilities_ministry"


def test_an_agency_works_in_the_block_of_its_sectors(rules: Rulebook) -> None:
    for topic in rules.classifier.topics:
        agency = rules.agencies.for_topic(topic.code)
        assert agency.block == rules.classifier.block_of(topic.code), topic.code


def test_a_nodes_own_topics_find_their_agency(tmp_path: Path) -> None:
    own = tmp_path / "topics.toml"
    own.write_text('[sectors.roads.topics]\n"pits.yards" = "Ямы у гаражей"\n', encoding="utf-8")
    rules = load_rulebook(extra_topics=own)
    assert rules.classifier.accepts("roads.pits.yards")
    assert rules.agencies.for_topic("roads.pits.yards").code == "road_directorate"


def test_a_unit_given_again_gets_its_curator_and_keeps_its_place(tmp_path: Path) -> None:
    own = tmp_path / "units.csv"
    own.write_text(
        f"{HEADER},node_from,curator\n"
        "RU-KRS,regional,CFO,Курская область,Europe/Moscow,2026-02-01,Федеральный инспектор\n",
        encoding="utf-8",
    )
    directory = load_rulebook(extra_units=own).directory
    assert len(directory) == 622
    assert directory["RU-KRS"].curator == "Федеральный инспектор"
    assert directory["RU-KRS"].population == 1_083_000
    assert directory.is_within("38701000", "RU-KRS")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{HEADER}\nX,regional,RU\n", r"units.csv:2: 3 fields where the header has 5"),
        (f"{HEADER}\nX,regional,NO,Икс,UTC\n", "unit X: its parent NO is unknown"),
        (f"{HEADER}\nX,orbital,RU,Икс,UTC\n", "unit X: tier orbital is none of national"),
        (f"{HEADER}\nX,regional,RU,Икс,Mars\n", "unit X: 'Mars' is not a time zone"),
        (f"{HEADER}\nX,a,RU,Икс,UTC\n\nX,a,RU,Икс,UTC\n", "units.csv:4: unit X stands already"),
        ("code,tier,name\n", "unknown: name, missing: parent, name_ru, timezone"),
        (f"{HEADER},population\nX,a,RU,Икс,UTC,много\n", "units.csv:2: unit X: .*'много'"),
    ],
)
def test_a_wrong_row_stops_the_start_naming_file_line_and_unit(
    tmp_path: Path, text: str, said: str
) -> None:
    own = tmp_path / "units.csv"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(BadReferenceFile, match=said):
        load_rulebook(extra_units=own)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[sectors.roads\n", r"own.toml: not TOML: .*line 1"),
        (b"\xff\xfe", r"own.toml: not UTF-8 at byte 0. Save it as UTF-8"),
        (b"[sectors.roads.topics]\npits = 'x'\n", r"own.toml: roads.pits stands twice. Mend"),
    ],
)
def test_a_wrong_toml_stops_the_start_naming_file_and_place(
    tmp_path: Path, content: bytes, said: str
) -> None:
    own = tmp_path / "own.toml"
    own.write_bytes(content)
    with pytest.raises(BadReferenceFile, match=said):
        load_rulebook(extra_topics=own)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadReferenceFile, match=r"nowhere\.csv: cannot be read"):
        load_rulebook(extra_units=tmp_path / "nowhere.csv")


def test_settings_lay_a_tiers_keys_over_its_file() -> None:
    rules = load_rulebook(tier_overrides={"district": {"grace_hours": 30, "board": {"limit": 5}}})
    assert rules.tiers["district"].grace_hours == 30
    assert rules.tiers["district"].board.limit == 5
    assert rules.tiers["district"].board.by == "topic"
    with pytest.raises(BadReferenceFile, match="settings' policy: grace_hour is not a known key"):
        load_rulebook(tier_overrides={"district": {"grace_hour": 30}})
    with pytest.raises(BadReferenceFile, match="no tier 'lunar'"):
        load_rulebook(tier_overrides={"lunar": {}})


def test_the_shipped_units_say_where_they_come_from() -> None:
    notes = [line for line in UNITS.read_text(encoding="utf-8").splitlines() if line[0] == "#"]
    for source in ("ISO 3166", "OKTMO", "census of 2021", "GeoNames", "CC BY 4.0"):
        assert any(source in note for note in notes)
    assert sum(1 for _ in read_units(UNITS)) == 622


def test_nearly_every_real_appeal_of_kursk_gets_its_topic(rules: Rulebook, real_file: Path) -> None:
    profile = load_profile("kursk", rules.classifier)
    with real_file.open(encoding=profile.encoding, newline="") as file:
        reader = csv.DictReader(file, delimiter=profile.delimiter)
        assert profile.missing_columns(reader.fieldnames or ()) == []
        rows = [profile.fields(row) for row in reader]
    unsorted = [row for row in rows if profile.topic_for(row["topic"]) is None]
    assert len(rows) == 2000
    assert all(row["text"] and row["external_id"] for row in rows)
    assert len({row["external_id"] for row in rows}) == 2000
    assert [row["topic"] for row in unsorted] == ["Тестовая категория"]


def test_no_single_topic_swallows_the_kursk_names(rules: Rulebook) -> None:
    """Mapping by meaning spreads; a catch-all in disguise would show here."""
    profile = load_profile("kursk", rules.classifier)
    named = Counter(profile.topics.values())
    assert len(profile.topics) == 172
    assert len(named) > 80
    assert max(named.values()) <= 5


def test_a_foreign_export_is_read_by_a_profile_alone(rules: Rulebook) -> None:
    profile = load_profile("nyc311", rules.classifier)
    row = {
        "Unique Key": "1",
        "Created Date": "03/24/2025 11:33:07 PM",
        "Complaint Type": "Street Condition",
        "Descriptor": "Pothole",
        "Incident Address": "",
        "Latitude": "40.62",
        "Longitude": "-73.94",
    }
    fields = profile.fields(row)
    assert profile.missing_columns(row) == []
    assert fields["text"] == "Street Condition: Pothole"
    assert profile.topic_for(fields["topic"]) == "roads.pits"
    moment = profile.moment(fields["received_at"], rules.directory.zone("RU"))
    assert moment.isoformat() == "2025-03-25T03:33:07+00:00"


def test_an_unknown_profile_is_refused_with_the_known_ones(rules: Rulebook) -> None:
    with pytest.raises(BadReferenceFile, match=r"'curse'\. Known: kursk, nyc311"):
        load_profile("curse", rules.classifier)
