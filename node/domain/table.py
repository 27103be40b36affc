"""Table: one table of a configuration file, read strictly.

Every key is asked for by its type, and what nobody asked for is refused by name: a misspelt key
that silently does nothing is the dearest mistake in a configuration. Reading the file itself is
`node/reference.py`'s part; which file it was is added there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time

from node.domain.suggestions import Suggestions


class InvalidTable(ValueError):
    """A configuration table holds a wrong key or value; the message names it."""


class Table:
    """A mapping from TOML under its dotted `name`, which every refusal repeats."""

    def __init__(self, values: Mapping[str, object], name: str = "") -> None:
        self._values = values
        self._asked: set[str] = set()
        self.name = name

    def text(self, key: str, default: str | None = None) -> str:
        """A non-empty string; without a default the key is required."""
        value = self._take(key, default)
        if not isinstance(value, str) or not value.strip():
            raise self.refusal(key, "must be a text in quotes")
        return value

    def optional_text(self, key: str) -> str | None:
        """A non-empty string, or None when the key is absent."""
        self._asked.add(key)
        return self.text(key) if key in self._values else None

    def choice(self, key: str, default: str, known: Sequence[str]) -> str:
        """One of the `known` words."""
        value = self.text(key, default)
        if value not in known:
            raise self.refusal(key, f"is {value!r}; it may be {', '.join(known)}")
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self._take(key, default)
        if not isinstance(value, bool):
            raise self.refusal(key, "must be true or false")
        return value

    def whole(self, key: str, default: int, *, least: int = 0) -> int:
        """A whole number not under `least`."""
        value = self._take(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise self.refusal(key, f"must be a whole number, at least {least}")
        return value

    def optional_whole(self, key: str, *, least: int = 0) -> int | None:
        self._asked.add(key)
        return self.whole(key, least, least=least) if key in self._values else None

    def share(self, key: str, default: float) -> float:
        """A number from 0 to 1."""
        value = self._take(key, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
            raise self.refusal(key, "must be a number from 0 to 1")
        return float(value)

    def number(self, key: str) -> float:
        """Any number, required; whether it makes sense is the caller's to say."""
        value = self._take(key, None)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.refusal(key, "must be a number")
        try:
            return float(value)
        except OverflowError as error:
            raise self.refusal(key, "is too large") from error

    def time_of_day(self, key: str, default: time) -> time:
        """A local time of day, written bare in TOML: `final_at = 12:00:00`."""
        value = self._take(key, default)
        if not isinstance(value, time):
            raise self.refusal(key, "must be a time of day such as 12:00:00, without quotes")
        return value

    def optional_date(self, key: str) -> date | None:
        """A date written bare in TOML, `from = 2026-01-01`, or None when the key is absent."""
        self._asked.add(key)
        value = self._values.get(key)
        if value is None:
            return None
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.refusal(key, "must be a date such as 2026-01-31, without quotes")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings, `()` when absent; one bare string is a list of one."""
        value = self._take(key, ())
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list | tuple) or not all(
            isinstance(text, str) and text for text in listed
        ):
            raise self.refusal(key, "must be a list of texts")
        return tuple(listed)

    def table(self, key: str) -> Table:
        """A table inside this one; an absent one is empty."""
        value = self._take(key, {})
        if not isinstance(value, Mapping):
            raise self.refusal(key, "must be a table")
        return Table(value, self._path(key))

    def tables(self, key: str) -> tuple[Table, ...]:
        """A `[[list]]` of tables, `()` when absent; counted from 1 in refusals."""
        value = self._take(key, ())
        if not isinstance(value, list | tuple) or not all(isinstance(v, Mapping) for v in value):
            raise self.refusal(key, f"must be a list of tables: [[{self._path(key)}]]")
        return tuple(Table(v, f"{self._path(key)}[{i}]") for i, v in enumerate(value, 1))

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def is_text(self, key: str) -> bool:
        """Whether the value is a string, where both a string and a table are taken."""
        return isinstance(self._values.get(key), str)

    def close(self) -> None:
        """Refuse every key that was not asked for, with the key it was probably meant to be."""
        for key in self._values:
            if key not in self._asked:
                meant = Suggestions((k, k) for k in sorted(self._asked)).nearest(key, 1)
                hint = f"; did you mean {meant[0]!r}?" if meant else ""
                raise self.refusal(key, f"is not a known key{hint}")

    def refusal(self, key: str, why: str) -> InvalidTable:
        """The error naming a key of this table, to be raised by the caller."""
        return InvalidTable(f"{self._path(key)} {why}")

    def _take(self, key: str, default: object) -> object:
        self._asked.add(key)
        value = self._values.get(key, default)
        if value is None:
            raise self.refusal(key, "is missing")
        return value

    def _path(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key
