"""A column by which SQLite is not to look.

SQLite keeps no statistics here, so it takes the rows an index has for one value to be few. Where a
state or an absence is that of most rows, it would read and sort nearly all there ever was.
PostgreSQL knows how many there are, and is told nothing.
"""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

_T = TypeVar("_T")


class _Unindexed(FunctionElement[Any]):
    inherit_cache = True


@compiles(_Unindexed)
def _as_it_is(element: _Unindexed, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(_Unindexed, "sqlite")
def _by_no_index(element: _Unindexed, compiler: SQLCompiler, **options: Any) -> str:
    return f"+{compiler.process(element.clauses, **options)}"


def unindexed(column: InstrumentedAttribute[_T]) -> ColumnElement[_T]:
    """The column, with the same value, for a condition."""
    element = _Unindexed(column)
    element.type = column.type
    return element
