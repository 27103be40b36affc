"""Words by which issues are found, and the index over them of either database.

One row an issue: `words` are the lemmas of its appeals and replies and the numbers it goes by
(`domain/search_words.py`), with those of every issue that was merged into it. Both databases hold
the same words, so both find the same. PostgreSQL keeps them as a tsvector under a GIN index;
SQLite as text, with a full-text table beside it that triggers keep in step.

Alembic does not see what `statements` makes: a migration copies it, and one that makes the table
anew (batch mode on SQLite) has to run it again, since the triggers go with the table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    DDL,
    ColumnElement,
    Dialect,
    ForeignKey,
    Select,
    Table,
    Text,
    TypeDecorator,
    and_,
    cast,
    column,
    delete,
    event,
    func,
    insert,
    literal,
    or_,
    select,
    table,
    text,
    true,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.types import TypeEngine

from node.domain.lemmas import Term
from node.store.base import Base
from node.store.issues import Issue

DIALECTS = ("sqlite", "postgresql")
# A prefix this short begins so many words that the index is asked for the other terms instead.
SHORT_PREFIX = 4


class Words(TypeDecorator[str]):
    """Words between single spaces: ' дорога яма ', in no promised order."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        is_postgres = dialect.name == "postgresql"
        return dialect.type_descriptor(postgresql.TSVECTOR() if is_postgres else Text())

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        # As PostgreSQL prints a tsvector: 'дорога' 'яма'. No word of ours has a quote in it.
        return None if value is None else f" {value.replace(chr(39), '').strip()} "


class IssueText(Base, kw_only=True):
    """What an issue is found by. `own`: its own words alone, None while they are all of `words`."""

    __tablename__ = "issue_text"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"), primary_key=True)
    words: Mapped[str] = mapped_column(Words)
    own: Mapped[str | None] = mapped_column(Words, default=None)


_SQLITE = (
    # Without positions and without the text itself: a third of the size. Its words are already
    # lemmas in lower case, so whatever is not a space belongs to one.
    """\
CREATE VIRTUAL TABLE issue_word USING fts5(words, content='', columnsize=0, detail=none,
  tokenize="ascii tokenchars '.,/-'")""",
    """\
CREATE TRIGGER issue_text_added AFTER INSERT ON issue_text
BEGIN INSERT INTO issue_word (rowid, words) VALUES (NEW.issue_id, NEW.words); END""",
    """\
CREATE TRIGGER issue_text_changed AFTER UPDATE OF words ON issue_text
BEGIN
  INSERT INTO issue_word (issue_word, rowid, words) VALUES ('delete', OLD.issue_id, OLD.words);
  INSERT INTO issue_word (rowid, words) VALUES (NEW.issue_id, NEW.words);
END""",
    """\
CREATE TRIGGER issue_text_removed AFTER DELETE ON issue_text
BEGIN
  INSERT INTO issue_word (issue_word, rowid, words) VALUES ('delete', OLD.issue_id, OLD.words);
END""",
)
_POSTGRES = (
    # Without a list of what is still to be entered: every search would have to read it through.
    "CREATE INDEX ix_issue_text_words ON issue_text USING gin (words) WITH (fastupdate=off)",
)
MADE_ASIDE = ("issue_word", "ix_issue_text_words")
"""How the names begin of what `statements` makes, for alembic to pass over."""


def statements(dialect: str) -> tuple[str, ...]:
    """What makes the index over `issue_text`, in this order."""
    return _SQLITE if dialect == "sqlite" else _POSTGRES


def removal(dialect: str) -> tuple[str, ...]:
    """What has to be dropped beside the table; its triggers and indexes go with it."""
    return ("DROP TABLE IF EXISTS issue_word",) if dialect == "sqlite" else ()


TABLE: Table = Base.metadata.tables[IssueText.__tablename__]


def _keep_index(of: Table) -> None:
    for dialect in DIALECTS:
        for moment, listed in (
            ("after_create", statements(dialect)),
            ("after_drop", removal(dialect)),
        ):
            for sql in listed:
                ddl = DDL(sql).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
                event.listen(of, moment, ddl)


_keep_index(TABLE)
_INDEX = table("issue_word", column("rowid"), column("issue_word"))


def is_postgres(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


# --- Keeping --------------------------------------------------------------------------------------

_NEW = insert(TABLE)


def keep(session: Session, words: Mapping[int, Iterable[str]]) -> None:
    """Write down what issues are found by that have not been here yet: one insert for all."""
    if words:
        session.execute(
            _NEW,
            [
                {"issue_id": issue_id, "words": _written(found), "own": None}
                for issue_id, found in words.items()
            ],
        )


def add(session: Session, issue: Issue, words: Iterable[str]) -> None:
    """Let an issue, and what stands for it, be found by these words too."""
    new = tuple(words)
    for row in _rows(session, [issue.id, *([issue.head_id] if issue.head_id else [])]):
        if row.own is not None and row.issue_id == issue.id:
            row.own = _joined(row.own, new)
        row.words = _joined(row.words, new)
    session.flush()


def gather(session: Session, head_id: int, issue_id: int) -> None:
    """Let the issue that stands for another be found by the other's words too."""
    rows = {row.issue_id: row for row in _rows(session, [head_id, issue_id])}
    head, other = rows.get(head_id), rows.get(issue_id)
    if head is not None and other is not None:
        head.own = head.words if head.own is None else head.own
        head.words = _joined(head.words, other.words.split())
        session.flush()


def gather_anew(session: Session, issue_ids: Collection[int]) -> None:
    """Let issues be found by their own words and those of all they stand for now, and no other."""
    rows = session.execute(
        select(func.coalesce(Issue.head_id, Issue.id), IssueText)
        .join(IssueText, IssueText.issue_id == Issue.id)
        .where(or_(Issue.id.in_(issue_ids), Issue.head_id.in_(issue_ids)))
        .order_by(Issue.id)
    )
    families: dict[int, list[IssueText]] = {}
    for head_id, row in rows:
        families.setdefault(head_id, []).append(row)
        if row.issue_id != head_id and row.issue_id in issue_ids:
            families.setdefault(row.issue_id, []).append(row)
    for issue_id, family in families.items():
        for row in family:
            if row.issue_id != issue_id:
                continue
            own = row.words if row.own is None else row.own
            alone = len(family) == 1
            row.own = None if alone else own
            row.words = own if alone else _joined(own, _own_words(family))
    session.flush()


def erase(session: Session, issue_ids: Collection[int]) -> None:
    """Forget every word of issues whose texts are erased, also where they were gathered."""
    heads = session.scalars(
        select(Issue.head_id).where(Issue.id.in_(issue_ids), Issue.head_id.is_not(None)).distinct()
    ).all()
    session.execute(
        delete(IssueText)
        .where(IssueText.issue_id.in_(issue_ids))
        .execution_options(synchronize_session="fetch")
    )
    left = {head_id for head_id in heads if head_id is not None} - set(issue_ids)
    if left:
        gather_anew(session, left)


def merge_away(session: Session, *, begin: bool, pages: int = 500) -> bool:
    """On SQLite, take words that were erased out of the full-text index too, a few pages at a
    time: until it is merged into one piece they stand there beside the note of their deletion.
    Whether there is more; `begin`: of the first call. PostgreSQL does so in its VACUUM."""
    if is_postgres(session):
        return False
    before = session.scalar(text("SELECT total_changes()"))
    session.execute(
        text("INSERT INTO issue_word (issue_word, rank) VALUES ('merge', :pages)"),
        {"pages": -pages if begin else pages},
    )
    # By SQLite's own word: less than two changes, and there was nothing to merge.
    return (session.scalar(text("SELECT total_changes()")) or 0) - (before or 0) >= 2


def missing(session: Session, *, limit: int) -> Sequence[int]:
    """Ids of issues that cannot be found by any word: of before there was this table, or erased."""
    return session.scalars(
        select(Issue.id)
        .outerjoin(IssueText, IssueText.issue_id == Issue.id)
        .where(IssueText.issue_id.is_(None))
        .order_by(Issue.id)
        .limit(limit)
    ).all()


def _rows(session: Session, issue_ids: Collection[int]) -> Sequence[IssueText]:
    return session.scalars(
        select(IssueText).where(IssueText.issue_id.in_(issue_ids)).order_by(IssueText.issue_id)
    ).all()


def _own_words(family: Iterable[IssueText]) -> list[str]:
    return [word for row in family for word in (row.own or row.words).split()]


def _joined(words: str, more: Iterable[str]) -> str:
    return _written([*words.split(), *more])


def _written(words: Iterable[str]) -> str:
    return f" {' '.join(dict.fromkeys(words))} "


# --- Looking --------------------------------------------------------------------------------------


def fits(terms: Collection[Term], *, postgres: bool) -> ColumnElement[bool]:
    """That the row of an issue has every term, looked at row by row, without the index."""
    if postgres:
        # IS TRUE, so that the planner does not go to the index: it takes its rows for fewer than
        # they are, and knows nothing of words that go together.
        return IssueText.words.bool_op("@@")(_tsquery(terms)).is_(true())
    return and_(
        *(
            or_(*(func.instr(IssueText.words, needle) > 0 for needle in term.needles))
            for term in terms
        )
    )


def hits(terms: Collection[Term], *, postgres: bool) -> Select[int]:
    """The ids of issues that have the terms, by the index."""
    if postgres:
        return select(IssueText.issue_id).where(IssueText.words.bool_op("@@")(_tsquery(terms)))
    return select(_INDEX.c.rowid).where(_INDEX.c.issue_word.bool_op("MATCH")(_match(terms)))


def asked_and_left(terms: Collection[Term]) -> tuple[list[Term], list[Term]]:
    """The terms the index is asked for, and those it is not: they begin half of all words, and are
    left to `fits` where the others tell enough."""
    telling = [term for term in terms if term.prefix is None or len(term.prefix) >= SHORT_PREFIX]
    asked = telling or list(terms)
    return asked, [term for term in terms if term not in asked]


def _tsquery(terms: Iterable[Term]) -> ColumnElement[Any]:
    text = " & ".join(
        f"({' | '.join([*(_quoted(one) for one in term.lemmas), *_begun(term, ':*')])})"
        for term in terms
    )
    return cast(literal(text), postgresql.TSQUERY)


def _match(terms: Iterable[Term]) -> str:
    return " AND ".join(
        "("
        + " OR ".join([*(f'"{one}"' for one in term.lemmas), *(f'"{p}" *' for p in _prefix(term))])
        + ")"
        for term in terms
    )


def _begun(term: Term, sign: str) -> list[str]:
    return [f"{_quoted(prefix)}{sign}" for prefix in _prefix(term)]


def _prefix(term: Term) -> list[str]:
    return [] if term.prefix is None else [term.prefix]


def _quoted(word: str) -> str:
    """Words are of letters, digits and . , / - only: nothing to escape."""
    return f"'{word}'"
