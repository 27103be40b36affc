"""Channel: a CSV file of appeals, read by an import profile.

One pass over a file of any size: rows are read, judged one by one and written in batches, each in
its own transaction, so a broken run is made up by running it again. A row that cannot be taken goes
to the rejected file with its line, the reason and its cells as they were: mended there, that file
can be imported in its turn. What a profile is stands in `domain/profile.py`.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO, TextIO

from node.actions.import_appeals import import_appeals
from node.domain.appeal import (
    AcceptedAppeal,
    Contact,
    NewAppeal,
    checked,
    faults_of_territory,
    require_intake,
    unstorable,
)
from node.domain.errors import Fault, Invalid
from node.domain.local_day import day_of
from node.domain.profile import Profile
from node.domain.rulebook import Rulebook
from node.store.session import Database

BATCH = 500  # rows a transaction: long enough to be fast, short enough to let others write
MAX_LINE = 1024 * 1024  # bytes; ten times the longest row all our limits together allow
KEPT_OF_LINE = 10_000  # of a longer one, in the rejected file
NO_TOPIC = "(не указана)"

Progress = Callable[[int, int], None]
"""Told after every batch: bytes read so far, bytes in the file."""


class UnfitFile(Invalid):
    """The file as a whole cannot be imported with this profile and these options."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of a file's rows: taken + already + rejected is all of them.

    `without_topic`: topic names without a mapping, whose appeals came in unsorted.
    `rejected_path`: None when nothing was rejected.
    """

    taken: int
    already: int
    rejected: int
    without_topic: Counter[str]
    rejected_path: Path | None


def import_file(
    database: Database,
    rulebook: Rulebook,
    unit: str,
    path: Path,
    profile: Profile,
    *,
    territory: str | None = None,
    received_on: date | None = None,
    rejected_path: Path | None = None,
    progress: Progress | None = None,
    actor: str = "import",
    now: datetime,
) -> ImportResult:
    """Import a CSV file at the node of `unit`; importing it again adds only what is new.

    `territory` and `received_on` stand in where the file has none; a day is taken as its local
    noon. UnfitFile: the file, a column, or one of the options makes every row impossible. NoIntake.
    """
    require_intake(rulebook.tier_of(unit))
    _check_options(rulebook, unit, profile, territory, received_on, now)
    reader = _RowReader(rulebook, unit, profile, territory, received_on, now)
    done = _Totals()
    try:
        stream = path.open("rb")
    except OSError as error:
        raise UnfitFile(message=f"{path}: файл не читается ({error.strerror})") from error
    with stream, _RejectedFile(rejected_path or path.with_suffix(".rejected.csv")) as rejected:
        size = os.fstat(stream.fileno()).st_size
        records = _records(stream, profile)
        header = _header(path, records, profile)
        for batch in _in_batches(records):
            accepted = []
            for record in batch:
                try:
                    accepted.append(reader.read(header, record))
                except Invalid as error:
                    rejected.write(header, record, error.message)
            if accepted:
                with database.transaction() as session:
                    imported = import_appeals(
                        session, rulebook, unit=unit, accepted=accepted, actor=actor, now=now
                    )
                done.taken += imported.taken
                done.already += imported.already
            if progress is not None:
                progress(stream.tell(), size)
        return ImportResult(
            done.taken,
            done.already,
            rejected.count,
            reader.without_topic,
            rejected.path if rejected.count else None,
        )


@dataclass(slots=True)
class _Totals:
    taken: int = 0
    already: int = 0


@dataclass(frozen=True, slots=True)
class _Record:
    """One record of the file. `broken`: why its cells cannot be told apart."""

    line: int
    lines: int
    cells: Sequence[str]
    broken: str | None = None


def _check_options(
    rulebook: Rulebook,
    unit: str,
    profile: Profile,
    territory: str | None,
    received_on: date | None,
    now: datetime,
) -> None:
    """Refuse at once what would otherwise reject every row."""
    if b"a\n".decode(profile.encoding, "replace") != "a\n":
        # Lines are told apart before they are decoded, else one bad byte would end the import.
        raise UnfitFile(message=f"кодировка {profile.encoding} не читается: сохраните как UTF-8")
    if territory is not None:
        for fault in faults_of_territory(territory, rulebook.directory, unit):
            raise UnfitFile(message=f"--territory: {fault.message}")
    elif "territory" not in {*profile.columns, *profile.defaults}:
        raise UnfitFile(
            message=f"в профиле {profile.name} нет колонки с территорией: дайте --territory КОД"
        )
    if received_on is not None:
        if received_on > day_of(now, rulebook.directory.zone(unit)):
            raise UnfitFile(message=f"--received-on: {received_on} ещё не наступило")
    elif "received_at" not in {*profile.columns, *profile.defaults}:
        raise UnfitFile(
            message=f"в профиле {profile.name} нет колонки с датой: дайте --received-on ГГГГ-ММ-ДД"
        )


class _Lines:
    """The lines of a stream, remembering those the present record is made of."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        # Bytes that are no text become lone surrogates: the row is found out and can be written
        # back byte for byte, where "replace" would spoil it and "strict" end the whole import.
        self._encoding = encoding
        self._stream = stream
        self.number = 0
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = self._stream.readline(MAX_LINE)
        if not raw:
            raise StopIteration
        if len(raw) == MAX_LINE and not raw.endswith(b"\n"):
            while (rest := self._stream.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                pass
            self.number += 1
            self.taken.append(raw[:KEPT_OF_LINE].decode(self._encoding, "surrogateescape") + "…")
            raise csv.Error(f"line longer than {MAX_LINE} bytes")
        encoding = self._encoding
        if self.number and encoding == "utf-8-sig":
            encoding = "utf-8"  # a byte order mark stands only at the beginning
        line = raw.decode(encoding, "surrogateescape")
        self.number += 1
        self.taken.append(line)
        return line


def _records(stream: BinaryIO, profile: Profile) -> Iterator[_Record]:
    """Every record that is not blank, the header first."""
    lines = _Lines(stream, profile.encoding)
    parser = csv.reader(lines, delimiter=profile.delimiter)
    while True:
        first = lines.number + 1
        lines.taken.clear()
        try:
            cells = next(parser)
        except StopIteration:
            return
        except csv.Error as error:
            # The parser begins anew with the next line.
            raw = "".join(lines.taken)
            yield _Record(first, len(lines.taken), [raw], f"не разбирается как CSV ({error})")
            continue
        if cells:
            yield _Record(first, len(lines.taken), cells)


def _header(path: Path, records: Iterator[_Record], profile: Profile) -> Sequence[str]:
    header = next(records, None)
    if header is None:
        raise UnfitFile(message=f"{path}: файл пуст, нет даже заголовка")
    missing = profile.missing_columns(header.cells)
    if missing:
        raise UnfitFile(
            message=f"{path}: в заголовке нет колонок {', '.join(missing)} профиля {profile.name}. "
            f"Проверьте профиль, разделитель «{profile.delimiter}» и кодировку {profile.encoding}"
        )
    return header.cells


def _in_batches(records: Iterable[_Record]) -> Iterator[list[_Record]]:
    batch: list[_Record] = []
    for record in records:
        batch.append(record)
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch


@dataclass
class _RowReader:
    """Turns records into accepted appeals and remembers what it saw on the way."""

    rulebook: Rulebook
    unit: str
    profile: Profile
    territory: str | None
    received_on: date | None
    now: datetime
    without_topic: Counter[str] = field(default_factory=Counter)
    _seen: Counter[bytes] = field(default_factory=Counter)

    def read(self, header: Sequence[str], record: _Record) -> AcceptedAppeal:
        """Invalid says why the row cannot be taken."""
        if record.broken:
            raise Invalid(message=record.broken)
        if any(unstorable(cell) for cell in record.cells):
            raise Invalid(
                message=f"есть NUL или байты, которые не читаются как {self.profile.encoding}"
            )
        if len(record.cells) != len(header):
            spans = f", запись занимает {record.lines} строк: проверьте кавычки"
            raise Invalid(
                message=f"колонок {len(record.cells)}, а в заголовке {len(header)}"
                + (spans if record.lines > 1 else "")
            )
        values = self.profile.fields(dict(zip(header, record.cells, strict=True)))
        topic, name = self._topic(values)
        appeal = NewAppeal(
            text=values.get("text", ""),
            territory=values.get("territory", self.territory or ""),
            channel=values.get("channel", ""),
            topic=topic,
            received_at=self._received_at(values),
            external_id=values.get("external_id") or self._made_up_id(record),
            kind=values.get("kind", "message"),
            lat=_degrees("lat", values),
            lon=_degrees("lon", values),
            contact=Contact(
                name=values.get("contact_name"),
                phone=values.get("contact_phone"),
                email=values.get("contact_email"),
                address=values.get("address"),
            ),
        )
        accepted = checked(
            appeal,
            directory=self.rulebook.directory,
            classifier=self.rulebook.classifier,
            unit=self.unit,
            now=self.now,
        )
        if topic is None:
            self.without_topic[name] += 1
        return accepted

    def _topic(self, values: Mapping[str, str]) -> tuple[str | None, str]:
        """Our code for the topic and their name of it; a name nobody mapped has no code."""
        name = values.get("topic", "")
        if self.rulebook.classifier.topic(name) is not None:
            return name, name  # a file of our own kind: codes need no mapping
        return self.profile.topic_for(name), name or NO_TOPIC

    def _received_at(self, values: Mapping[str, str]) -> datetime:
        directory = self.rulebook.directory
        code = values.get("territory", self.territory or "")
        zone = directory.zone(code if code in directory else self.unit)
        text = values.get("received_at")
        if text is None:
            if self.received_on is None:
                raise Invalid(Fault("received_at", "пусто: заполните или дайте --received-on"))
            noon = datetime.combine(self.received_on, time(12), directory.zone(self.unit))
            return min(noon, self.now)
        try:
            return self.profile.moment(text, zone)
        except (ValueError, OverflowError) as error:
            raise Invalid(Fault("received_at", f"«{text[:40]}» не читается как дата")) from error

    def _made_up_id(self, record: _Record) -> str:
        """A name for a row without one, the same at each import of the file.

        The row's cells and how many equal rows stood before it: two residents who wrote the same
        are two appeals.
        """
        digest = hashlib.sha256("\x1f".join(record.cells).encode()).digest()[:16]
        self._seen[digest] += 1
        return f"row:{digest.hex()}:{self._seen[digest]}"


def _degrees(name: str, values: Mapping[str, str]) -> float | None:
    text = values.get(name)
    if text is None:
        return None
    try:
        return float(text)
    except ValueError as error:
        raise Invalid(Fault(f"location.{name}", f"«{text[:40]}» не число")) from error


class _RejectedFile:
    """The rows that could not be taken; made only when there is one, readable by its owner only."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._file: TextIO | None = None

    def __enter__(self) -> _RejectedFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, header: Sequence[str], record: _Record, reason: str) -> None:
        if self._file is None:
            self._file = _open_private(self.path)
            csv.writer(self._file).writerow(["line", "reason", *header])
        csv.writer(self._file).writerow([record.line, reason, *record.cells])
        self.count += 1


def _open_private(path: Path) -> TextIO:
    """Residents' texts: mode 0600. Bytes that were no text are written back as they were."""

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags, 0o600)

    file: IO[str] = open(  # noqa: SIM115 - closed by the context that owns it
        path, "w", encoding="utf-8", errors="surrogateescape", newline="", opener=opener
    )
    return file  # type: ignore[return-value]
