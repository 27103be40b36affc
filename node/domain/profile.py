"""Profile: how one foreign CSV is read as appeals.

Which of their columns is which field of ours, which of their topic names is which code of ours,
how they write dates. Walking through the file, rejecting rows and counting belong to the importer.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from node.domain.classifier import Classifier
from node.domain.suggestions import fold
from node.domain.table import InvalidTable, Table

FIELDS = (
    "text",
    "territory",
    "topic",
    "channel",
    "received_at",
    "external_id",
    "kind",
    "lat",
    "lon",
    "address",
    "contact_name",
    "contact_phone",
    "contact_email",
)
JOINED_BY = ": "


class InvalidProfile(ValueError):
    """An import profile contradicts itself or the classifier; the message names the key."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One import profile.

    `columns`: our field → their columns (several are joined by a colon, empty ones left out).
    `topics`: their topic name, folded → our code. `defaults`: our field → its value where the
    file has none. `date_formats` as in `strptime`; empty means ISO 8601. `timezone`: of their
    dates without an offset, None for the zone of the territory the row goes to.
    """

    name: str
    delimiter: str
    encoding: str
    columns: Mapping[str, tuple[str, ...]]
    topics: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    date_formats: tuple[str, ...] = ()
    timezone: str | None = None

    @classmethod
    def from_table(cls, name: str, values: Mapping[str, object], classifier: Classifier) -> Profile:
        """From config/profiles/NAME.toml. InvalidTable or InvalidProfile names the key."""
        table = Table(values)
        columns = _columns(table.table("columns"))
        dates = table.table("dates")
        profile = cls(
            name=name,
            delimiter=table.text("delimiter", ","),
            encoding=table.text("encoding", "utf-8-sig"),
            columns=columns,
            topics=_topics(table.table("topics"), classifier),
            defaults=_defaults(table.table("defaults"), columns),
            date_formats=dates.texts("formats"),
            timezone=dates.optional_text("timezone"),
        )
        dates.close()
        table.close()
        if len(profile.delimiter) != 1:
            raise InvalidProfile("delimiter must be one character")
        try:
            codecs.lookup(profile.encoding)
        except LookupError as error:
            raise InvalidProfile(f"encoding {profile.encoding!r} is unknown") from error
        if profile.timezone is not None:
            try:
                ZoneInfo(profile.timezone)
            except (KeyError, ValueError, OSError) as error:
                raise InvalidProfile(
                    f"dates.timezone {profile.timezone!r} is not a time zone"
                ) from error
        return profile

    def missing_columns(self, header: Iterable[str]) -> list[str]:
        """Columns the profile counts on and the file's header has not."""
        present = set(header)
        wanted = dict.fromkeys(column for group in self.columns.values() for column in group)
        return [column for column in wanted if column not in present]

    def fields(self, row: Mapping[str, str | None]) -> dict[str, str]:
        """A row of theirs under our names, stripped, defaults filled in, empty ones left out."""
        values = dict(self.defaults)
        for name, columns in self.columns.items():
            parts = [part for column in columns if (part := (row.get(column) or "").strip())]
            if parts:
                values[name] = JOINED_BY.join(dict.fromkeys(parts))
        return values

    def topic_for(self, name: str) -> str | None:
        """Our code for a topic as they name it; case and white space do not matter."""
        return self.topics.get(fold(name))

    def moment(self, text: str, zone: tzinfo) -> datetime:
        """A date of theirs in UTC; ValueError when no format fits.

        Without an offset it is local in the profile's zone, else in `zone`, the territory's.
        """
        written = text.strip()
        local = ZoneInfo(self.timezone) if self.timezone else zone
        if not self.date_formats:
            return _in_utc(datetime.fromisoformat(written), local)
        for pattern in self.date_formats:
            try:
                parsed = datetime.strptime(written, pattern)  # noqa: DTZ007 - the zone follows
            except ValueError:
                continue
            return _in_utc(parsed, local)
        raise ValueError(f"{written!r} is not a date like {' or '.join(self.date_formats)}")


def _in_utc(moment: datetime, local: tzinfo) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=local)).astimezone(UTC)


def _columns(table: Table) -> dict[str, tuple[str, ...]]:
    columns = {name: table.texts(name) for name in FIELDS if name in table}
    if "text" not in columns:
        raise table.refusal("text", "is missing: which column holds what the resident wrote?")
    # Asked for so that a misspelt key is told the field it was probably meant to be.
    for name in FIELDS:
        table.texts(name)
    table.close()
    return columns


def _defaults(table: Table, columns: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    defaults = {}
    for name in FIELDS:
        value = table.optional_text(name)
        if value is not None and name in ("text", "external_id"):
            raise table.refusal(name, "cannot have one value for all rows")
        if value is not None:
            defaults[name] = value
    table.close()
    if "channel" not in defaults and "channel" not in columns:
        raise InvalidTable("defaults.channel is missing: by which channel did these appeals come?")
    return defaults


def _topics(table: Table, classifier: Classifier) -> dict[str, str]:
    topics: dict[str, str] = {}
    for name in table:
        code = table.text(name)
        if classifier.topic(code) is None:
            near = ", ".join(classifier.nearest(code)) or "nothing alike"
            raise table.refusal(name, f"leads to unknown topic {code!r}; nearest: {near}")
        if topics.setdefault(fold(name), code) != code:
            raise table.refusal(name, "stands twice, with different topics")
    return topics
