"""The tables of ``project.sqlite`` as version `SCHEMA_VERSION` has them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import comodo_app

APPLICATION_ID = 0x434F4D4F  # "COMO", in the file header: tells our databases from others
SCHEMA_VERSION = 2

# Key of `meta`: the app version that brought the present schema, for older apps to name.
SCHEMA_APP_KEY = "schema_app_version"

# What a person says about a recording; of no run. `activity_id` is null for "no activity".
CORRECTIONS = """CREATE TABLE corrections (
        recording_id INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
        start_s REAL NOT NULL,
        end_s REAL NOT NULL CHECK (end_s > start_s),
        activity_id INTEGER REFERENCES activities (id),
        PRIMARY KEY (recording_id, start_s)
    ) WITHOUT ROWID"""

TABLES = (
    """CREATE TABLE meta (
        key TEXT PRIMARY KEY,
        value TEXT NOT NULL
    )""",
    # One row: counts the writing transactions, so that a backup knows whether it is the latest.
    """CREATE TABLE revision (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        number INTEGER NOT NULL
    )""",
    # Paths relative to the project that are removed after the transaction that named them.
    """CREATE TABLE trash (
        path TEXT PRIMARY KEY
    )""",
    """CREATE TABLE recordings (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        wearer TEXT NOT NULL,
        session TEXT NOT NULL,
        content_key TEXT NOT NULL UNIQUE,
        offset_s REAL NOT NULL,
        skew_ppm REAL NOT NULL,
        importer TEXT NOT NULL,
        options_json TEXT NOT NULL,
        notes_json TEXT NOT NULL,
        use_for_training INTEGER NOT NULL CHECK (use_for_training IN (0, 1)),
        added_at TEXT NOT NULL
    )""",
    # The files a recording was read from; `relative` is empty on another drive.
    """CREATE TABLE sources (
        recording_id INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        relative TEXT NOT NULL,
        absolute TEXT NOT NULL,
        size_bytes INTEGER NOT NULL,
        PRIMARY KEY (recording_id, position)
    )""",
    """CREATE TABLE videos (
        recording_id INTEGER PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        width_px INTEGER NOT NULL,
        height_px INTEGER NOT NULL,
        n_frames INTEGER NOT NULL,
        frame_rate_hz REAL NOT NULL,
        duration_s REAL NOT NULL,
        codec TEXT NOT NULL
    )""",
    # The samples themselves lie in tracks/<recording id>.npz; times on the sensor's clock.
    """CREATE TABLE imu_tracks (
        recording_id INTEGER PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
        n_samples INTEGER NOT NULL,
        sample_rate_hz REAL NOT NULL,
        start_s REAL NOT NULL,
        duration_s REAL NOT NULL,
        n_gaps INTEGER NOT NULL,
        gap_s REAL NOT NULL
    )""",
    """CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        status TEXT NOT NULL
            CHECK (status IN ('running', 'finished', 'stopped', 'failed', 'cancelled')),
        recipe TEXT NOT NULL,
        teacher TEXT NOT NULL,
        student TEXT NOT NULL,
        settings_json TEXT NOT NULL,
        metrics_json TEXT NOT NULL,
        app_version TEXT NOT NULL,
        created_at TEXT NOT NULL,
        ended_at TEXT
    )""",
    # `colour` is the number of the colour; 0 is the activity's own, its id.
    """CREATE TABLE activities (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        colour INTEGER NOT NULL DEFAULT 0
    )""",
    """CREATE TABLE activity_names (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        activity_id INTEGER NOT NULL REFERENCES activities (id),
        name TEXT NOT NULL,
        changed_at TEXT NOT NULL
    )""",
    "CREATE INDEX activity_names_by_activity ON activity_names (activity_id)",
    # Arrays as little-endian bytes: window_start_s float64, activity_id int64, centrality float32.
    """CREATE TABLE assignments (
        run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        recording_id INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
        window_start_s BLOB NOT NULL,
        activity_id BLOB NOT NULL,
        centrality BLOB NOT NULL,
        PRIMARY KEY (run_id, recording_id)
    )""",
    "CREATE INDEX assignments_by_recording ON assignments (recording_id)",
    # `run_id` is null for lanes that no run made (the simulated truth).
    """CREATE TABLE timelines (
        id INTEGER PRIMARY KEY,
        run_id INTEGER REFERENCES runs (id) ON DELETE CASCADE,
        lane TEXT NOT NULL,
        recording_id INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE
    )""",
    "CREATE UNIQUE INDEX timelines_key ON timelines (recording_id, lane, ifnull(run_id, 0))",
    "CREATE INDEX timelines_by_run ON timelines (run_id)",
    """CREATE TABLE segments (
        timeline_id INTEGER NOT NULL REFERENCES timelines (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        start_s REAL NOT NULL,
        end_s REAL NOT NULL,
        state TEXT NOT NULL,
        activity_id INTEGER REFERENCES activities (id),
        confidence REAL NOT NULL,
        PRIMARY KEY (timeline_id, position)
    ) WITHOUT ROWID""",
    CORRECTIONS,
)


def create_database(path: Path) -> None:
    """Make an empty project database in one file, without ``-wal`` and ``-shm`` beside it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        for statement in TABLES:
            connection.execute(statement)
        connection.execute("INSERT INTO revision VALUES (1, 0)")
        app = (SCHEMA_APP_KEY, comodo_app.__version__)
        connection.execute("INSERT INTO meta VALUES (?, ?)", app)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
