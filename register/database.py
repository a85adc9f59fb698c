"""The one SQLite file: where it lies, how it is opened, and how its form grew (migrations)."""

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from config.errors import UnavailableError

FILE_NAME = "anbudslots.db"
BUSY_SECONDS = 30.0
"""How long a reader or writer waits for another's transaction before it gives up."""

CACHE_KIB = 32_000
"""Memory for pages: with the 2,000 of SQLite each batch of notices writes pages of an index that the next changes."""

migrations = Migrations("anbudslots")


@dataclass(frozen=True)
class Register:
    """An open register. Functions of the register's modules take it as their first argument."""

    db: Database
    folder: Path | None = None

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """One transaction: all of it or nothing, also when the process is killed; within another, a part of it.

        It waits for its turn to write at once, BUSY_SECONDS at most: a transaction that begins by reading and then
        writes would fail where another process wrote in between.
        """
        if self.db.conn.in_transaction:
            with self.db.atomic():
                yield
            return
        self.db.conn.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.db.conn.execute("COMMIT")
        except BaseException:
            self.db.rollback()
            raise

    @contextmanager
    def undone(self) -> Iterator[None]:
        """A transaction that is undone at its end, to see what would be done. Nothing within is seen by others."""
        self.db.conn.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            self.db.conn.rollback()

    def insert_all(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """New rows with the same columns, by plain SQL: sqlite-utils' own insert looks the table up each time, which
        doubles an import.
        """
        if rows:
            marks = ", ".join(f":{name}" for name in rows[0])
            self.execute_all(f"INSERT INTO {table} ({', '.join(rows[0])}) VALUES ({marks})", rows)

    def execute_all(self, sql: str, rows: Iterable[Sequence[Any] | Mapping[str, Any]]) -> None:
        """One statement with the values of each row, in one transaction."""
        with self.atomic():
            self.db.conn.executemany(sql, rows)

    def close(self) -> None:
        """Close the file; the register is not usable afterwards."""
        self.db.close()


def open_register(folder: Path) -> Register:
    """Open (and make or migrate, where needed) the register in `folder`.

    Raises UnavailableError when the file is no database of ours or the folder can't be written.
    """
    path = folder / FILE_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
        connection.execute("PRAGMA foreign_keys = ON")
        db = Database(connection)
        if db.journal_mode != "wal":
            db.enable_wal()
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        migrations.apply(db)
    except (OSError, sqlite3.DatabaseError) as error:
        raise UnavailableError(
            f"The register {path} can't be opened: {error}. Check the folder's rights and free disk, "
            "or name another folder with --data."
        ) from error
    return Register(db, folder)


def ordered_dump(register: Register) -> Iterator[str]:
    """The whole content as text: a line a row, tables by name, rows by content; equal registers give equal lines.

    Left out are the indexes of words, which follow from the notices, and the marks of migrations.
    """
    tables = [
        name for name in sorted(register.db.table_names()) if not re.match(r"sqlite_|_sqlite|lots_fts|search_", name)
    ]
    for name in tables:
        rows = (json.dumps(row, ensure_ascii=False, default=_written) for row in register.db.table(name).rows)
        for row in sorted(rows):
            yield f"{name} {row}"


def _written(value: Any) -> str:
    """Bytes as hexadecimal text."""
    return f"x'{value.hex()}'"


def memory_register() -> Register:
    """A register in memory, for tests and evaluations that leave nothing behind."""
    db = Database(memory=True)
    migrations.apply(db)
    return Register(db)


@migrations()  # type: ignore[untyped-decorator]
def nouns(db: Database) -> None:
    """Notices with versions and lots, enterprises, findings, vectors, matches, deliveries, runs."""
    db.executescript(
        """
        CREATE TABLE notices (
            publication_number TEXT PRIMARY KEY,
            origin TEXT NOT NULL,
            procedure_id TEXT,
            notice_id TEXT,
            version TEXT,
            changes_notice TEXT,
            form_type TEXT NOT NULL,
            title TEXT NOT NULL,
            buyer TEXT NOT NULL,
            published TEXT,
            closed INTEGER NOT NULL,
            example INTEGER NOT NULL,
            superseded_by TEXT,
            fingerprint TEXT NOT NULL,
            raw TEXT,
            first_seen TEXT NOT NULL,
            last_changed TEXT NOT NULL,
            data TEXT NOT NULL
        ) STRICT;
        CREATE INDEX notices_procedure ON notices (procedure_id);
        CREATE INDEX notices_notice_id ON notices (notice_id, version);
        CREATE INDEX notices_changes ON notices (changes_notice);
        CREATE INDEX notices_published ON notices (published);

        CREATE TABLE notice_versions (
            publication_number TEXT NOT NULL REFERENCES notices (publication_number),
            fingerprint TEXT NOT NULL,
            seen TEXT NOT NULL,
            raw TEXT,
            data TEXT NOT NULL,
            PRIMARY KEY (publication_number, fingerprint)
        ) STRICT;

        CREATE TABLE lots (
            id INTEGER PRIMARY KEY,
            publication_number TEXT NOT NULL REFERENCES notices (publication_number),
            lot TEXT NOT NULL,
            title TEXT NOT NULL,
            description TEXT NOT NULL,
            buyer TEXT NOT NULL,
            deadline TEXT,
            UNIQUE (publication_number, lot)
        ) STRICT;

        CREATE TABLE enterprises (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            municipality TEXT NOT NULL,
            county TEXT NOT NULL,
            example INTEGER NOT NULL,
            fingerprint TEXT NOT NULL,
            first_seen TEXT NOT NULL,
            last_changed TEXT NOT NULL,
            data TEXT NOT NULL
        ) STRICT;

        CREATE TABLE addresses (
            enterprise TEXT NOT NULL REFERENCES enterprises (id),
            email TEXT NOT NULL,
            confirmed TEXT,
            how TEXT NOT NULL,
            PRIMARY KEY (enterprise, email)
        ) STRICT;

        CREATE TABLE suppressions (
            address_hash TEXT PRIMARY KEY,
            reason TEXT NOT NULL,
            at TEXT NOT NULL
        ) STRICT;

        CREATE TABLE screened (
            publication_number TEXT PRIMARY KEY REFERENCES notices (publication_number),
            fingerprint TEXT NOT NULL,
            rules TEXT NOT NULL,
            at TEXT NOT NULL
        ) STRICT;

        CREATE TABLE findings (
            id INTEGER PRIMARY KEY,
            publication_number TEXT NOT NULL REFERENCES notices (publication_number),
            clause TEXT NOT NULL,
            polarity TEXT NOT NULL,
            lot TEXT NOT NULL,
            data TEXT NOT NULL
        ) STRICT;
        CREATE INDEX findings_notice ON findings (publication_number);
        CREATE INDEX findings_clause ON findings (clause, polarity);

        CREATE TABLE vectors (
            model TEXT NOT NULL,
            text_hash TEXT NOT NULL,
            vector BLOB NOT NULL,
            PRIMARY KEY (model, text_hash)
        ) STRICT;

        CREATE TABLE matches (
            enterprise TEXT NOT NULL REFERENCES enterprises (id),
            publication_number TEXT NOT NULL REFERENCES notices (publication_number),
            lot TEXT NOT NULL,
            scope TEXT NOT NULL CHECK (scope IN ('open', 'closed')),
            score REAL NOT NULL,
            data TEXT NOT NULL,
            PRIMARY KEY (enterprise, publication_number, lot)
        ) STRICT;
        CREATE INDEX matches_score ON matches (enterprise, scope, score DESC);

        CREATE TABLE match_states (
            enterprise TEXT NOT NULL REFERENCES enterprises (id),
            scope TEXT NOT NULL CHECK (scope IN ('open', 'closed')),
            fingerprint TEXT NOT NULL,
            at TEXT NOT NULL,
            PRIMARY KEY (enterprise, scope)
        ) STRICT;

        CREATE TABLE deliveries (
            message_id TEXT PRIMARY KEY,
            enterprise TEXT NOT NULL REFERENCES enterprises (id),
            recipient TEXT NOT NULL,
            period TEXT NOT NULL,
            state TEXT NOT NULL,
            subject TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            answer TEXT NOT NULL,
            lots TEXT NOT NULL,
            mime BLOB NOT NULL,
            html TEXT NOT NULL,
            created TEXT NOT NULL,
            changed TEXT NOT NULL,
            UNIQUE (enterprise, period, recipient)
        ) STRICT;
        CREATE INDEX deliveries_state ON deliveries (state);

        CREATE TABLE told (
            enterprise TEXT NOT NULL REFERENCES enterprises (id),
            tender TEXT NOT NULL,
            lot TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            period TEXT NOT NULL,
            at TEXT NOT NULL,
            PRIMARY KEY (enterprise, tender, lot, fingerprint)
        ) STRICT;

        CREATE TABLE runs (
            id INTEGER PRIMARY KEY,
            source TEXT NOT NULL,
            started TEXT NOT NULL,
            ended TEXT,
            status TEXT NOT NULL,
            data TEXT NOT NULL
        ) STRICT;
        CREATE INDEX runs_source ON runs (source, started);
        """
    )
    db.table("lots").enable_fts(
        ["title", "description", "buyer"], create_triggers=True, tokenize="unicode61 remove_diacritics 0"
    )


@migrations()  # type: ignore[untyped-decorator]
def collection(db: Database) -> None:
    """What proves a collection: windows, what each run did with each item, absences, brakes, fill rates; permissions;
    joins; where lots are; documents; market evidence.
    """
    db.executescript(
        """
        -- One row a window of a source (a day, a package, a whole list), as it was last walked.
        CREATE TABLE windows (
            source TEXT NOT NULL,
            window TEXT NOT NULL,
            announced INTEGER NOT NULL,
            received INTEGER NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('complete', 'partial')),
            problem TEXT NOT NULL,
            run INTEGER NOT NULL REFERENCES runs (id),
            at TEXT NOT NULL,
            PRIMARY KEY (source, window)
        ) STRICT;
        CREATE INDEX windows_status ON windows (source, status);

        -- What a run did with each item: a run that was cut off goes on from here.
        CREATE TABLE run_items (
            run INTEGER NOT NULL REFERENCES runs (id),
            item TEXT NOT NULL,
            outcome TEXT NOT NULL,
            PRIMARY KEY (run, item)
        ) STRICT;

        -- What a server said of an address, for conditional requests.
        CREATE TABLE fetches (
            url TEXT PRIMARY KEY,
            etag TEXT NOT NULL,
            last_modified TEXT NOT NULL
        ) STRICT;

        -- In which window a source last listed a notice, and in which run.
        CREATE TABLE sightings (
            source TEXT NOT NULL,
            window TEXT NOT NULL,
            publication_number TEXT NOT NULL REFERENCES notices (publication_number),
            last_run INTEGER NOT NULL REFERENCES runs (id),
            PRIMARY KEY (source, window, publication_number)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX sightings_notice ON sightings (publication_number);

        -- A notice that a complete window no longer lists. misses: complete runs in a row without it.
        CREATE TABLE absences (
            publication_number TEXT PRIMARY KEY REFERENCES notices (publication_number),
            source TEXT NOT NULL,
            misses INTEGER NOT NULL,
            last_run INTEGER NOT NULL REFERENCES runs (id),
            since TEXT NOT NULL
        ) STRICT;

        -- A run that would have closed too many open notices at once waits here for a person.
        CREATE TABLE brakes (
            run INTEGER PRIMARY KEY REFERENCES runs (id),
            source TEXT NOT NULL,
            would_close TEXT NOT NULL,
            open INTEGER NOT NULL,
            at TEXT NOT NULL,
            decision TEXT CHECK (decision IN ('close', 'keep')),
            decided_by TEXT,
            decided TEXT
        ) STRICT;

        CREATE TABLE fill_rates (
            run INTEGER NOT NULL REFERENCES runs (id),
            source TEXT NOT NULL,
            field TEXT NOT NULL,
            filled INTEGER NOT NULL,
            total INTEGER NOT NULL,
            PRIMARY KEY (run, field)
        ) STRICT;
        CREATE INDEX fill_rates_source ON fill_rates (source, field, run);

        CREATE TABLE permissions (
            id INTEGER PRIMARY KEY,
            source TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            reference TEXT NOT NULL,
            until TEXT NOT NULL,
            recorded TEXT NOT NULL,
            withdrawn TEXT,
            withdrawn_by TEXT
        ) STRICT;
        CREATE INDEX permissions_source ON permissions (source);

        -- Which notices are of one tender. first < second; a person's word stands over the rules'. rank: 0 is surest.
        CREATE TABLE joins (
            first TEXT NOT NULL REFERENCES notices (publication_number),
            second TEXT NOT NULL REFERENCES notices (publication_number),
            same INTEGER NOT NULL,
            made_by TEXT NOT NULL CHECK (made_by IN ('rule', 'person')),
            who TEXT NOT NULL,
            rank INTEGER NOT NULL,
            evidence TEXT NOT NULL,
            at TEXT NOT NULL,
            PRIMARY KEY (first, second)
        ) STRICT;
        CREATE INDEX joins_second ON joins (second);

        -- Which notices may be of one tender: those that share a key. What they were made from: a notice, by rules.
        -- side, month: see register/joins.py. own_procedure: two that both have one are not looked up. settled: whether
        -- a notice's keys have been looked up.
        CREATE TABLE join_keys (
            publication_number TEXT NOT NULL REFERENCES notices (publication_number),
            key INTEGER NOT NULL,
            side INTEGER,
            month INTEGER,
            own_procedure INTEGER NOT NULL,
            PRIMARY KEY (publication_number, key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX join_keys_key ON join_keys (key, own_procedure, side, month);
        CREATE TABLE join_states (
            publication_number TEXT PRIMARY KEY REFERENCES notices (publication_number),
            fingerprint TEXT NOT NULL,
            rules TEXT NOT NULL,
            settled INTEGER NOT NULL
        ) STRICT;

        -- Last days that an earlier parser read in a notice's bytes: a letter may have told them, the source never did.
        CREATE TABLE misreadings (
            publication_number TEXT NOT NULL REFERENCES notices (publication_number),
            raw TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            data TEXT NOT NULL,
            PRIMARY KEY (publication_number, raw, fingerprint)
        ) STRICT;

        CREATE TABLE lot_places (
            publication_number TEXT NOT NULL REFERENCES notices (publication_number),
            lot TEXT NOT NULL,
            rules TEXT NOT NULL,
            data TEXT NOT NULL,
            PRIMARY KEY (publication_number, lot)
        ) STRICT;

        CREATE TABLE documents (
            publication_number TEXT NOT NULL REFERENCES notices (publication_number),
            sha256 TEXT NOT NULL,
            name TEXT NOT NULL,
            media_type TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            language TEXT NOT NULL,
            pages INTEGER,
            status TEXT NOT NULL,
            note TEXT NOT NULL,
            reader TEXT NOT NULL,
            added TEXT NOT NULL,
            PRIMARY KEY (publication_number, sha256)
        ) STRICT;

        CREATE TABLE document_parts (
            sha256 TEXT NOT NULL,
            number INTEGER NOT NULL,
            page INTEGER,
            paragraph INTEGER NOT NULL,
            kind TEXT NOT NULL,
            text TEXT NOT NULL,
            language TEXT NOT NULL,
            ocr INTEGER NOT NULL,
            PRIMARY KEY (sha256, number)
        ) STRICT;

        -- Which messages of which mailbox have been read. outcome: taken, or refused (its sender was on no list).
        CREATE TABLE mailbox_messages (
            mailbox TEXT NOT NULL,
            uidvalidity INTEGER NOT NULL,
            uid INTEGER NOT NULL,
            outcome TEXT NOT NULL CHECK (outcome IN ('taken', 'refused')),
            run INTEGER NOT NULL REFERENCES runs (id),
            at TEXT NOT NULL,
            PRIMARY KEY (mailbox, uidvalidity, uid)
        ) STRICT;

        -- Market evidence: a row of UHM's award statistics. contracts: how many tenders of the supplier it stands for.
        CREATE TABLE awards (
            id TEXT PRIMARY KEY,
            procurement TEXT NOT NULL,
            lot TEXT NOT NULL,
            title TEXT NOT NULL,
            buyer TEXT NOT NULL,
            buyer_org TEXT NOT NULL,
            cpv TEXT NOT NULL,
            published TEXT NOT NULL,
            supplier TEXT NOT NULL,
            contracts INTEGER NOT NULL,
            fingerprint TEXT NOT NULL,
            raw TEXT NOT NULL,
            data TEXT NOT NULL
        ) STRICT;
        CREATE INDEX awards_buyer ON awards (buyer_org);
        CREATE INDEX awards_procurement ON awards (procurement);
        CREATE INDEX awards_cpv ON awards (cpv);
        """
    )
    for statement in (
        "ALTER TABLE notices ADD COLUMN gone TEXT",
        "ALTER TABLE notices ADD COLUMN tender TEXT",
        "ALTER TABLE notices ADD COLUMN reading TEXT NOT NULL DEFAULT 'full'",
        "ALTER TABLE notices ADD COLUMN cancelled INTEGER NOT NULL DEFAULT 0",
    ):
        db.execute(statement)
    db.execute("CREATE INDEX notices_tender ON notices (tender)")
    db.execute(
        """
        UPDATE notices SET tender = coalesce(superseded_by, publication_number),
            reading = json_extract(data, '$.reading'), cancelled = json_extract(data, '$.change_reason') IS 'cancel'
        """
    )


@migrations()  # type: ignore[untyped-decorator]
def screening(db: Database) -> None:
    """What persons say of findings."""
    db.executescript(
        """
        -- Every word on a finding is kept; of those with the same notice, clause, field and sentence the last holds.
        -- sentence: SHA-256 of the flattened quote; finding: as it was when it was judged; passage: quote with context.
        CREATE TABLE corrections (
            id INTEGER PRIMARY KEY,
            publication_number TEXT NOT NULL REFERENCES notices (publication_number),
            clause TEXT NOT NULL,
            field TEXT NOT NULL,
            sentence TEXT NOT NULL,
            verdict TEXT NOT NULL CHECK (verdict IN ('right', 'wrong', 'negated', 'boilerplate')),
            right_clause TEXT NOT NULL,
            who TEXT NOT NULL,
            note TEXT NOT NULL,
            at TEXT NOT NULL,
            finding TEXT NOT NULL,
            passage TEXT NOT NULL
        ) STRICT;
        CREATE INDEX corrections_notice ON corrections (publication_number);
        """
    )


@migrations()  # type: ignore[untyped-decorator]
def judging(db: Database) -> None:
    """What persons say of matches."""
    db.executescript(
        """
        -- Every word is kept; of the same person's on the same lot the last holds. score, place: of the match then.
        CREATE TABLE judgements (
            id INTEGER PRIMARY KEY,
            enterprise TEXT NOT NULL REFERENCES enterprises (id),
            publication_number TEXT NOT NULL REFERENCES notices (publication_number),
            lot TEXT NOT NULL,
            answer TEXT NOT NULL CHECK (answer IN ('yes', 'maybe', 'no')),
            reason TEXT NOT NULL,
            note TEXT NOT NULL,
            who TEXT NOT NULL,
            score REAL,
            place INTEGER,
            at TEXT NOT NULL
        ) STRICT;
        CREATE INDEX judgements_enterprise ON judgements (enterprise, publication_number);
        """
    )


@migrations()  # type: ignore[untyped-decorator]
def ranking(db: Database) -> None:
    """Combinations of signals that were learned here."""
    db.executescript(
        """
        -- content: as config/ranker.json; figures: how it did beside the one in use then.
        CREATE TABLE rankers (
            version TEXT PRIMARY KEY,
            content TEXT NOT NULL,
            figures TEXT NOT NULL,
            at TEXT NOT NULL
        ) STRICT;
        -- What was put to use, one after the other; version `shipped` is the one that comes with the project.
        CREATE TABLE ranker_uses (
            id INTEGER PRIMARY KEY,
            version TEXT NOT NULL,
            at TEXT NOT NULL
        ) STRICT;
        """
    )


@migrations()  # type: ignore[untyped-decorator]
def portal(db: Database) -> None:
    """Who may use the pages, what they did there, and judgements that can be taken back."""
    db.executescript(
        """
        -- all_enterprises: an adviser for everyone; municipality: of that role, its name as in config/places.csv.
        CREATE TABLE accounts (
            id INTEGER PRIMARY KEY,
            email TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL UNIQUE COLLATE NOCASE,
            role TEXT NOT NULL CHECK (role IN ('operator', 'adviser', 'municipality')),
            all_enterprises INTEGER NOT NULL,
            municipality TEXT NOT NULL,
            created TEXT NOT NULL
        ) STRICT;
        CREATE TABLE account_enterprises (
            account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
            enterprise TEXT NOT NULL REFERENCES enterprises (id) ON DELETE CASCADE,
            PRIMARY KEY (account, enterprise)
        ) STRICT;

        -- Tokens are kept as their SHA-256. browser: of the browser that asked, empty for a link given by hand.
        CREATE TABLE sign_in_links (
            token TEXT PRIMARY KEY,
            account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
            browser TEXT NOT NULL,
            expires TEXT NOT NULL,
            used TEXT
        ) STRICT;
        CREATE TABLE sessions (
            token TEXT PRIMARY KEY,
            account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
            created TEXT NOT NULL,
            expires TEXT NOT NULL
        ) STRICT;

        -- Who saw and changed what. who: the account's name, or whom a signed link was made for.
        CREATE TABLE audit (
            id INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            who TEXT NOT NULL,
            role TEXT NOT NULL,
            action TEXT NOT NULL,
            subject TEXT NOT NULL
        ) STRICT;
        CREATE INDEX audit_subject ON audit (subject, at);

        -- key: of one press of a button, so that a repeated request says nothing twice; withdrawn: when it was undone.
        ALTER TABLE judgements ADD COLUMN key TEXT;
        ALTER TABLE judgements ADD COLUMN withdrawn TEXT;
        CREATE UNIQUE INDEX judgements_key ON judgements (key);
        CREATE INDEX judgements_who ON judgements (who, at);

        CREATE TABLE second_opinions (
            enterprise TEXT NOT NULL REFERENCES enterprises (id),
            publication_number TEXT NOT NULL REFERENCES notices (publication_number),
            lot TEXT NOT NULL,
            asked_by TEXT NOT NULL,
            at TEXT NOT NULL,
            PRIMARY KEY (enterprise, publication_number, lot)
        ) STRICT;
        """
    )


@migrations()  # type: ignore[untyped-decorator]
def approving(db: Database) -> None:
    """What advisers decide of letters before they go."""
    db.executescript(
        """
        -- data: what was held back, added and worded anew, as register.approvals.Approval.
        CREATE TABLE approvals (
            enterprise TEXT NOT NULL REFERENCES enterprises (id) ON DELETE CASCADE,
            period TEXT NOT NULL,
            data TEXT NOT NULL,
            approved_by TEXT NOT NULL,
            approved_at TEXT,
            PRIMARY KEY (enterprise, period)
        ) STRICT;

        -- Tenders too large for one enterprise alone of which it could do a part: with others, or under the winner.
        CREATE TABLE chances (
            enterprise TEXT NOT NULL REFERENCES enterprises (id) ON DELETE CASCADE,
            publication_number TEXT NOT NULL REFERENCES notices (publication_number),
            lot TEXT NOT NULL,
            way TEXT NOT NULL CHECK (way IN ('together', 'subcontract')),
            quote TEXT NOT NULL,
            PRIMARY KEY (enterprise, publication_number, lot, way)
        ) STRICT;
        """
    )


@migrations()  # type: ignore[untyped-decorator]
def answering(db: Database) -> None:
    """Who agreed, stopped or paused and when; links withdrawn; mails that came back."""
    db.executescript(
        """
        -- requested: when the mail that asks for a yes was made; paused_until: first day on which letters come again.
        ALTER TABLE addresses ADD COLUMN requested TEXT;
        ALTER TABLE addresses ADD COLUMN paused_until TEXT;

        -- The address is kept as its hash, so that the record outlives it.
        CREATE TABLE consent_events (
            id INTEGER PRIMARY KEY,
            enterprise TEXT NOT NULL,
            address_hash TEXT NOT NULL,
            event TEXT NOT NULL CHECK (event IN ('requested', 'confirmed', 'imported', 'stopped', 'paused', 'resumed',
                'expired', 'bounced', 'complained')),
            how TEXT NOT NULL,
            at TEXT NOT NULL
        ) STRICT;
        CREATE INDEX consent_events_address ON consent_events (address_hash);

        -- Links of a purpose and subject that were issued before an instant are worth nothing.
        CREATE TABLE link_revocations (
            purpose TEXT NOT NULL,
            subject TEXT NOT NULL,
            before TEXT NOT NULL,
            PRIMARY KEY (purpose, subject)
        ) STRICT;

        -- What came to the mailbox of answers. data: as read, emptied once acted on; outcome: NULL while it waits.
        CREATE TABLE incoming_mails (
            id INTEGER PRIMARY KEY,
            identity TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            data TEXT NOT NULL,
            delivery TEXT NOT NULL,
            outcome TEXT,
            received TEXT NOT NULL,
            settled TEXT
        ) STRICT;
        CREATE INDEX incoming_waiting ON incoming_mails (outcome);

        -- kind: hard, soft or complaint; status: RFC 3463, empty where it was not told.
        CREATE TABLE bounces (
            id INTEGER PRIMARY KEY,
            address_hash TEXT NOT NULL,
            delivery TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('hard', 'soft', 'complaint')),
            status TEXT NOT NULL,
            words TEXT NOT NULL,
            at TEXT NOT NULL
        ) STRICT;
        CREATE INDEX bounces_address ON bounces (address_hash, at);
        """
    )


@migrations()  # type: ignore[untyped-decorator]
def sending(db: Database) -> None:
    """Letters of several kinds, who is sending them, what stopped the sending, and what the clock did."""
    db.executescript(
        """
        CREATE TABLE letters (
            message_id TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            enterprise TEXT REFERENCES enterprises (id) ON DELETE CASCADE,
            recipient TEXT NOT NULL,
            period TEXT NOT NULL,
            state TEXT NOT NULL,
            subject TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            answer TEXT NOT NULL,
            lots TEXT NOT NULL,
            mime BLOB NOT NULL,
            html TEXT NOT NULL,
            created TEXT NOT NULL,
            changed TEXT NOT NULL,
            next_attempt TEXT,
            claimed_by TEXT,
            handed TEXT
        ) STRICT;
        INSERT INTO letters
            SELECT message_id, 'weekly', enterprise, recipient, period, state, subject, attempts, answer, lots, mime,
                html, created, changed, NULL, NULL, changed
            FROM deliveries;
        DROP TABLE deliveries;
        -- claimed_by: the sender that last took it; handed: when its end was about to go to the mail server.
        ALTER TABLE letters RENAME TO deliveries;
        CREATE UNIQUE INDEX deliveries_once ON deliveries (kind, coalesce(enterprise, ''), period, recipient);
        CREATE INDEX deliveries_state ON deliveries (state);
        CREATE INDEX deliveries_enterprise ON deliveries (enterprise, period);
        CREATE INDEX deliveries_handed ON deliveries (handed);

        -- What became of each week of an enterprise: a letter, or the reason for none.
        CREATE TABLE letter_weeks (
            enterprise TEXT NOT NULL REFERENCES enterprises (id) ON DELETE CASCADE,
            period TEXT NOT NULL,
            outcome TEXT NOT NULL CHECK (outcome IN ('letter', 'quiet', 'unaddressed', 'missed')),
            reason TEXT NOT NULL,
            at TEXT NOT NULL,
            PRIMARY KEY (enterprise, period)
        ) STRICT;

        -- What stopped the sending until a person looked. facts: what the words of its kind are filled with.
        CREATE TABLE pauses (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            facts TEXT NOT NULL,
            at TEXT NOT NULL,
            lifted TEXT,
            lifted_by TEXT
        ) STRICT;
        CREATE UNIQUE INDEX pauses_one ON pauses (kind) WHERE lifted IS NULL;

        CREATE TABLE leases (
            name TEXT PRIMARY KEY,
            holder TEXT NOT NULL,
            until TEXT NOT NULL
        ) STRICT;

        -- What each step of the daily chain did. status: an exit status, none while it runs or where it was cut off.
        CREATE TABLE steps (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            holder TEXT NOT NULL,
            started TEXT NOT NULL,
            ended TEXT,
            status INTEGER,
            detail TEXT NOT NULL
        ) STRICT;
        CREATE INDEX steps_name ON steps (name, started);
        """
    )


@migrations()  # type: ignore[untyped-decorator]
def searching(db: Database) -> None:
    """The advisers' search: index, what is to be read into it anew, searches that were saved."""
    db.executescript(
        """
        -- packed: int32 numbers, as register.search.Hit. The id is small, so that the index of words stays small.
        CREATE TABLE search_lots (
            id INTEGER PRIMARY KEY,
            publication_number TEXT NOT NULL,
            lot TEXT NOT NULL,
            packed BLOB NOT NULL
        ) STRICT;
        CREATE INDEX search_lots_notice ON search_lots (publication_number);
        CREATE TABLE search_values (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            value TEXT NOT NULL,
            UNIQUE (kind, value)
        ) STRICT;
        CREATE VIRTUAL TABLE search_terms USING fts5(
            title, body, papers, detail = column, tokenize = "unicode61 remove_diacritics 0 tokenchars '-'"
        );
        CREATE TABLE search_due (publication_number TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
        INSERT INTO search_due SELECT publication_number FROM notices;

        CREATE TABLE saved_searches (
            id INTEGER PRIMARY KEY,
            account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            query TEXT NOT NULL,
            created TEXT NOT NULL,
            UNIQUE (account, name)
        ) STRICT;

        CREATE TRIGGER search_notice AFTER UPDATE OF fingerprint, superseded_by, gone, closed ON notices
        WHEN old.fingerprint IS NOT new.fingerprint OR old.superseded_by IS NOT new.superseded_by
            OR old.gone IS NOT new.gone OR old.closed IS NOT new.closed
        BEGIN INSERT OR IGNORE INTO search_due VALUES (new.publication_number); END;
        """
    )
    for table in ("lots", "findings", "lot_places", "documents"):
        for event, row in (("INSERT", "new"), ("DELETE", "old")):
            db.execute(
                f"""
                CREATE TRIGGER search_{table}_{event.lower()} AFTER {event} ON {table}
                BEGIN INSERT OR IGNORE INTO search_due VALUES ({row}.publication_number); END
                """
            )


@migrations()  # type: ignore[untyped-decorator]
def buying(db: Database) -> None:
    """What municipalities plan to buy, and what others have published as open data on social clauses."""
    db.executescript(
        """
        -- data: as register.plans.Plan.
        CREATE TABLE planned_purchases (
            id INTEGER PRIMARY KEY,
            municipality TEXT NOT NULL,
            data TEXT NOT NULL,
            who TEXT NOT NULL,
            at TEXT NOT NULL,
            UNIQUE (municipality, data)
        ) STRICT;

        -- data: as register.open_data.Tender.
        CREATE TABLE open_tenders (
            number TEXT PRIMARY KEY,
            data TEXT NOT NULL,
            imported TEXT NOT NULL
        ) STRICT;
        """
    )


@migrations()  # type: ignore[untyped-decorator]
def owning(db: Database) -> None:
    """Enterprises that want to be in, and the papers that show what an enterprise is."""
    db.executescript(
        """
        -- words: what they do, in their own words or of a page or leaflet; proposal: what was read out of it, empty
        -- until then. by: the adviser's name, empty for the public form. source: name of the leaflet's file.
        CREATE TABLE applications (
            id INTEGER PRIMARY KEY,
            state TEXT NOT NULL CHECK (state IN ('waiting', 'taken', 'refused')),
            name TEXT NOT NULL,
            municipality TEXT NOT NULL,
            email TEXT NOT NULL,
            words TEXT NOT NULL,
            source TEXT NOT NULL,
            by TEXT NOT NULL,
            at TEXT NOT NULL,
            proposal TEXT NOT NULL,
            enterprise TEXT REFERENCES enterprises (id) ON DELETE SET NULL,
            decided_by TEXT NOT NULL,
            decided_at TEXT
        ) STRICT;
        CREATE INDEX applications_state ON applications (state, at);

        -- kind: see register/evidence.py. content: of a file, none where the paper lies elsewhere.
        CREATE TABLE evidence (
            id INTEGER PRIMARY KEY,
            enterprise TEXT NOT NULL REFERENCES enterprises (id) ON DELETE CASCADE,
            kind TEXT NOT NULL,
            dated TEXT NOT NULL,
            until TEXT,
            percent REAL,
            note TEXT NOT NULL,
            name TEXT NOT NULL,
            media_type TEXT NOT NULL,
            content BLOB,
            by TEXT NOT NULL,
            at TEXT NOT NULL
        ) STRICT;
        CREATE INDEX evidence_enterprise ON evidence (enterprise, kind);
        """
    )


@migrations()  # type: ignore[untyped-decorator]
def contents(db: Database) -> None:
    """A letter's frozen bytes lie apart from its state, which changes often and would write them anew each time."""
    db.executescript(
        """
        CREATE TABLE letter_contents (
            message_id TEXT PRIMARY KEY REFERENCES deliveries (message_id) ON DELETE CASCADE,
            mime BLOB NOT NULL,
            html TEXT NOT NULL
        ) STRICT;
        INSERT INTO letter_contents SELECT message_id, mime, html FROM deliveries;
        ALTER TABLE deliveries ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
        UPDATE deliveries SET bytes = length(mime);
        ALTER TABLE deliveries DROP COLUMN mime;
        ALTER TABLE deliveries DROP COLUMN html;
        """
    )


@migrations()  # type: ignore[untyped-decorator]
def uploading(db: Database) -> None:
    """Files that were sent to the pages, and how far each has been read."""
    db.executescript(
        """
        CREATE TABLE uploads (
            id INTEGER PRIMARY KEY,
            publication_number TEXT NOT NULL REFERENCES notices (publication_number),
            name TEXT NOT NULL,
            who TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('waiting', 'reading', 'screening', 'done', 'failed')),
            note TEXT NOT NULL,
            at TEXT NOT NULL,
            changed TEXT NOT NULL
        ) STRICT;
        CREATE INDEX uploads_notice ON uploads (publication_number);
        """
    )


@migrations()  # type: ignore[untyped-decorator]
def bidding(db: Database) -> None:
    """What became of an enterprise's bids, as its adviser or it says."""
    db.executescript(
        """
        CREATE TABLE bids (
            enterprise TEXT NOT NULL REFERENCES enterprises (id) ON DELETE CASCADE,
            publication_number TEXT NOT NULL REFERENCES notices (publication_number),
            outcome TEXT NOT NULL CHECK (outcome IN ('sent', 'won', 'lost')),
            who TEXT NOT NULL,
            sent TEXT NOT NULL,
            at TEXT NOT NULL,
            PRIMARY KEY (enterprise, publication_number)
        ) STRICT;
        """
    )


@migrations()  # type: ignore[untyped-decorator]
def searching_held(db: Database) -> None:
    """What a process that holds the search's choices in memory has to read again."""
    db.executescript(
        """
        -- last: the highest id that a lot of the index has had; none is given twice.
        CREATE TABLE search_state (one INTEGER PRIMARY KEY CHECK (one = 1), last INTEGER NOT NULL) STRICT;
        INSERT INTO search_state SELECT 1, coalesce(max(id), 0) FROM search_lots;
        -- Lots that were taken out, and what `last` was then.
        CREATE TABLE search_gone (id INTEGER PRIMARY KEY, last INTEGER NOT NULL) STRICT;
        CREATE INDEX search_gone_last ON search_gone (last);
        """
    )
