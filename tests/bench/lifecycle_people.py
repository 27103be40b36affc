"""The four people who take an issue through its life, and whoever hands appeals in."""

from __future__ import annotations

from collections.abc import Mapping

from node.actions.manage_people import add_person
from node.clock import system_clock
from node.domain.people import NewGrant, Profile
from node.domain.rights import unlimited
from node.reference import load_rulebook
from node.store import tokens
from node.store.session import Database, open_engine
from tests.bench.servers import UNIT, cur

ROLES = ("moderator", "coordinator", "executor", "approver")
AGENCY = "road_directorate"


def tokens_of(environment: Mapping[str, str], database_url: str) -> dict[str, str]:
    """Role → token of a person who has that role alone; `intake`: a token of the node."""
    made = {"intake": cur(environment, "token", "add", "bench").splitlines()[-1]}
    rulebook, now = load_rulebook(), system_clock()
    database = Database(open_engine(database_url))
    with database.transaction() as session:
        for role in ROLES:
            agencies = (AGENCY,) if role == "executor" else ()
            person = add_person(
                session,
                rulebook,
                me=UNIT,
                login=role,
                profile=Profile(f"Имя {role}", f"Должность {role}", None),
                grants=[NewGrant(role, UNIT, agencies=agencies)],
                password_hash="$never$",
                actor=unlimited("bench", UNIT),
                now=now,
            )
            made[role] = tokens.add_token(session, name=role, now=now, person_id=person.id)
    database.close()
    return made
