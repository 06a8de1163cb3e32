-- A project database as schema version 1 wrote it. Never edit: it stands for users' files.
BEGIN;
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
CREATE TABLE revision (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    number INTEGER NOT NULL
);
CREATE TABLE trash (
    path TEXT PRIMARY KEY
);
CREATE TABLE recordings (
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
);
CREATE TABLE sources (
    recording_id INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    relative TEXT NOT NULL,
    absolute TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    PRIMARY KEY (recording_id, position)
);
CREATE TABLE videos (
    recording_id INTEGER PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    width_px INTEGER NOT NULL,
    height_px INTEGER NOT NULL,
    n_frames INTEGER NOT NULL,
    frame_rate_hz REAL NOT NULL,
    duration_s REAL NOT NULL,
    codec TEXT NOT NULL
);
CREATE TABLE imu_tracks (
    recording_id INTEGER PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    n_samples INTEGER NOT NULL,
    sample_rate_hz REAL NOT NULL,
    start_s REAL NOT NULL,
    duration_s REAL NOT NULL,
    n_gaps INTEGER NOT NULL,
    gap_s REAL NOT NULL
);
CREATE TABLE runs (
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
);
CREATE TABLE activities (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL
);
CREATE TABLE activity_names (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    activity_id INTEGER NOT NULL REFERENCES activities (id),
    name TEXT NOT NULL,
    changed_at TEXT NOT NULL
);
CREATE INDEX activity_names_by_activity ON activity_names (activity_id);
CREATE TABLE assignments (
    run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    recording_id INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    window_start_s BLOB NOT NULL,
    activity_id BLOB NOT NULL,
    centrality BLOB NOT NULL,
    PRIMARY KEY (run_id, recording_id)
);
CREATE INDEX assignments_by_recording ON assignments (recording_id);
CREATE TABLE timelines (
    id INTEGER PRIMARY KEY,
    run_id INTEGER REFERENCES runs (id) ON DELETE CASCADE,
    lane TEXT NOT NULL,
    recording_id INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX timelines_key ON timelines (recording_id, lane, ifnull(run_id, 0));
CREATE INDEX timelines_by_run ON timelines (run_id);
CREATE TABLE segments (
    timeline_id INTEGER NOT NULL REFERENCES timelines (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    start_s REAL NOT NULL,
    end_s REAL NOT NULL,
    state TEXT NOT NULL,
    activity_id INTEGER REFERENCES activities (id),
    confidence REAL NOT NULL,
    PRIMARY KEY (timeline_id, position)
) WITHOUT ROWID;
INSERT INTO meta VALUES ('schema_app_version', '0.1.0');
INSERT INTO revision VALUES (1, 12);
INSERT INTO recordings VALUES (1, 'walk', 'Ada', 'morning', 'sha-1', 0.5, -20.0, 'gopro', '{}',
    '[["duplicate_times", 3, "3 samples at the same time"]]', 1, '2025-01-02T03:04:05+00:00');
INSERT INTO sources VALUES (1, 0, '../walk.mp4', '/media/walk.mp4', 1000);
INSERT INTO videos VALUES (1, 0, 640, 480, 300, 29.97, 10.01, 'h264');
INSERT INTO imu_tracks VALUES (1, 200, 50.0, 0.25, 3.98, 2, 0.75);
INSERT INTO runs VALUES (1, 'finished', 'comodo+', 'built-in', 'tcn', '{}', '{}', '0.1.0',
    '2025-01-02T03:04:05+00:00', '2025-01-02T03:14:05+00:00');
INSERT INTO activities VALUES (1, 'walking'), (2, '');
INSERT INTO activity_names VALUES (1, 1, 'walking', '2025-01-02T03:15:05+00:00');
INSERT INTO assignments VALUES (1, 1,
    X'00000000000000000000000000000440',
    X'01000000000000000200000000000000',
    X'0000003f0000803e');
INSERT INTO timelines VALUES (1, 1, 'student', 1);
INSERT INTO segments VALUES (1, 0, 0.0, 5.0, 'activity', 1, 0.75),
    (1, 1, 5.0, 10.0, 'unknown', NULL, 0.25);
PRAGMA application_id = 1129270607;
PRAGMA user_version = 1;
COMMIT;
