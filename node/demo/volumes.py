"""How much residents write: by population, by day of the week, by sector and topic.

The sizes are those real centres published: 1 500–4 000 appeals a week in an ordinary region,
18 500–30 600 in the Moscow region; health and social care a fifth each, roads 13.5 %, utilities
12 %, amenities 11 %, waste 7.5 %, transport 4 %, education 3 %. Weights of topics inside a sector
are our own guess at what people write about; they only have to be plausible.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from random import Random

from node.domain.classifier import UNSORTED, Classifier

WEEK = 7

# A little inside 1 500–4 000, so that growth and chance do not carry a week out of it.
LEAST, MOST = 1_640, 3_720
ORDINARY_FROM, LARGE_FROM = 400_000, 5_000_000
"""Residents of the smallest ordinary region, and those from which a region writes `MOST`. A smaller
one writes as much per head as the smallest ordinary one: 41 000 people do not write 1 500 times."""
WEEKLY_OF = {"RU-MOS": 24_500}
"""The region that has had such a centre since 2018 writes many times more than the others."""

GROWTH_A_WEEK = 0.004

# Monday brings what gathered over the weekend; its factors sum up to a week of seven days.
RHYTHM = (1.32, 1.20, 1.12, 1.06, 0.98, 0.68, 0.64)

HOURS = (1, 1, 0, 0, 0, 1, 2, 4, 7, 9, 10, 9, 8, 7, 7, 6, 6, 6, 6, 5, 5, 4, 3, 2)
"""How a day's appeals fall on its hours, local time."""

SECTOR_SHARES: Mapping[str, float] = {
    "health": 0.20,
    "social": 0.20,
    "roads": 0.135,
    "utilities": 0.12,
    "amenities": 0.11,
    "waste": 0.075,
    "transport": 0.04,
    "education": 0.03,
}
UNSORTED_SHARE = 0.012

OTHER_WEIGHTS: Mapping[str, float] = {
    "power": 10,
    "animals": 9,
    "family": 8,
    "gas": 6,
    "ecology": 6,
    "services": 6,
    "communications": 5,
    "labour": 5,
    "construction": 5,
    "safety": 5,
    "sport": 4,
    "service": 4,
    "sanitary": 3,
    "trade": 3,
    "land": 3,
    "economy": 3,
    "culture": 2,
    "funeral": 1,
}
"""How the rest is shared among the smaller sectors; one not named here weighs 1."""

TOPIC_WEIGHTS: Mapping[str, float] = {
    "health.appointment": 26,
    "health.queues": 18,
    "health.free_medicines": 15,
    "health.quality": 12,
    "health.staff": 10,
    "health.pharmacies": 7,
    "health.facilities": 6,
    "health.conduct": 3,
    "health.staff_pay": 2,
    "social.payments": 34,
    "social.benefits": 14,
    "social.targeted_aid": 13,
    "social.payment_delay": 11,
    "social.pensions": 9,
    "social.disability": 7,
    "social.housing": 5,
    "social.care": 4,
    "social.accessibility": 2,
    "roads.pits": 30,
    "roads.renewal": 18,
    "roads.snow": 10,
    "roads.unpaved": 7,
    "roads.repair_quality": 6,
    "roads.lighting": 6,
    "roads.signs": 5,
    "roads.traffic": 5,
    "roads.crossings": 4,
    "roads.traffic_lights": 3,
    "roads.marking": 2,
    "roads.parking": 2,
    "utilities.heating": 20,
    "utilities.management": 16,
    "utilities.cold_water": 13,
    "utilities.bills": 10,
    "utilities.hot_water": 8,
    "utilities.house_repair": 7,
    "utilities.sewage": 6,
    "utilities.roof": 5,
    "utilities.capital_repair": 5,
    "utilities.unfit_housing": 4,
    "utilities.elevators": 3,
    "amenities.street_lighting": 22,
    "amenities.cleaning": 14,
    "amenities.snow": 12,
    "amenities.dangerous_trees": 10,
    "amenities.yards": 9,
    "amenities.pavements": 8,
    "amenities.playgrounds": 7,
    "amenities.yard_pits": 5,
    "amenities.parks": 3,
    "waste.collection": 46,
    "waste.sites": 24,
    "waste.dumps": 20,
    "waste.fees": 8,
    "transport.schedule": 34,
    "transport.shortage": 18,
    "transport.routes": 14,
    "transport.timetable": 12,
    "transport.fares": 8,
    "transport.stops": 7,
    "education.buildings": 22,
    "education.kindergarten_places": 16,
    "education.teaching": 14,
    "education.meals": 12,
    "education.staff": 10,
    "power.outages": 60,
    "animals.stray": 30,
    "animals.attacks": 14,
    "services.officials": 6,
}
"""Inside a sector; a topic not named here weighs 1."""


def weekly_appeals(unit: str, population: int) -> float:
    """What a region's residents write in a week at the beginning of the history."""
    if unit in WEEKLY_OF:
        return WEEKLY_OF[unit]
    if population < ORDINARY_FROM:
        return LEAST * population / ORDINARY_FROM
    whole = math.log(LARGE_FROM / ORDINARY_FROM)
    part = min(1.0, math.log(population / ORDINARY_FROM) / whole)
    return LEAST + (MOST - LEAST) * part


def expected_on(weekly: float, day: date, first: date) -> float:
    """How many of a week's appeals fall on `day`, by the weekday and the growth since `first`."""
    growth = 1 + GROWTH_A_WEEK * (day - first).days / WEEK
    return weekly / WEEK * RHYTHM[day.weekday()] * growth


def part_of_day(hour: int, minute: int) -> float:
    """Which share of a day's appeals has come by this local time."""
    return (sum(HOURS[:hour]) + HOURS[hour] * minute / 60) / sum(HOURS)


def sector_shares(classifier: Classifier) -> dict[str, float]:
    """The share of every sector known here, and of `unsorted`; they sum up to 1."""
    named = {code: share for code, share in SECTOR_SHARES.items() if classifier.sector(code)}
    rest = {
        sector.code: OTHER_WEIGHTS.get(sector.code, 1.0)
        for sector in classifier.sectors
        if sector.code not in named
    }
    left = 1 - sum(named.values()) - UNSORTED_SHARE
    others = {code: left * weight / sum(rest.values()) for code, weight in rest.items()}
    return {**named, **others, UNSORTED: UNSORTED_SHARE}


def topic_shares(
    classifier: Classifier,
    rng: Random,
    *,
    weekly: float,
    sectors: Mapping[str, float] | None = None,
    least_a_week: float = 1.5,
) -> dict[str, float]:
    """The share of each topic in what one region writes; sums up to 1.

    Regions differ: every weight is bent by chance, so that what is 11th here is first elsewhere.
    A topic that would come less than `least_a_week` times a week leaves its share to the others
    of its sector: most regions do not hear of most topics in most weeks.
    """
    shares: dict[str, float] = {}
    for sector, share in (sectors or sector_shares(classifier)).items():
        if sector == UNSORTED:
            shares[UNSORTED] = share
            continue
        weights = {
            topic.code: TOPIC_WEIGHTS.get(topic.code, 1.0) * rng.lognormvariate(0, 0.45)
            for topic in classifier.topics
            if topic.sector == sector
        }
        shares |= _kept(weights, share, least_a_week / weekly)
    return shares


def apportioned(total: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers in the proportion of `weights` that sum up to `total`: largest remainders."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    counts = [int(one) for one in exact]
    order = sorted(range(len(exact)), key=lambda place: counts[place] - exact[place])
    for place in order[: total - sum(counts)]:
        counts[place] += 1
    return counts


def _kept(weights: Mapping[str, float], share: float, least: float) -> dict[str, float]:
    whole = sum(weights.values())
    kept = {code: weight for code, weight in weights.items() if share * weight / whole >= least}
    if not kept:
        largest = max(weights, key=lambda code: (weights[code], code))
        kept = {largest: weights[largest]}
    return {code: share * weight / sum(kept.values()) for code, weight in kept.items()}
