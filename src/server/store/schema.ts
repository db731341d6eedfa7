/**
 * The tables of a store. Each migration leads from the version that is its index to the next; one that was released is
 * never changed.
 *
 * `position` counts what is labelled or applied in order: whole utterances and changes of the settings, from 1 for each
 * session. An utterance that is still open has none.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE sessions (
    session_id TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL,
    owner TEXT,
    settings TEXT NOT NULL,
    model_name TEXT NOT NULL,
    model_sha256 TEXT NOT NULL,
    label_set TEXT NOT NULL,
    streams TEXT NOT NULL DEFAULT '[]',
    created_at INTEGER NOT NULL,
    active_at INTEGER NOT NULL,
    closed_at INTEGER
  ) STRICT;
  CREATE INDEX sessions_by_owner ON sessions (owner, created_at);
  CREATE INDEX sessions_by_activity ON sessions (active_at);

  CREATE TABLE utterances (
    session_id TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
    utterance_id TEXT NOT NULL,
    participant TEXT NOT NULL,
    text TEXT NOT NULL,
    start_ms INTEGER NOT NULL,
    end_ms INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'pending', 'labelled', 'failed')),
    position INTEGER,
    request_id TEXT,
    accepted_at INTEGER NOT NULL,
    text_features BLOB,
    audio_features BLOB,
    visual_features BLOB,
    mode TEXT,
    label TEXT,
    first_label TEXT,
    probabilities BLOB,
    modalities TEXT,
    latency_ms REAL,
    revisions INTEGER NOT NULL DEFAULT 0,
    attention TEXT,
    PRIMARY KEY (session_id, utterance_id)
  ) STRICT;
  CREATE UNIQUE INDEX utterances_in_order ON utterances (session_id, position) WHERE position IS NOT NULL;

  CREATE TABLE changes (
    session_id TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
    position INTEGER NOT NULL,
    settings TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'applied')),
    request_id TEXT,
    PRIMARY KEY (session_id, position)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE messages (
    session_id TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (session_id, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE requests (
    session_id TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
    request_id TEXT NOT NULL,
    PRIMARY KEY (session_id, request_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE media_chunks (
    session_id TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
    chunk INTEGER NOT NULL,
    participant TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('audio', 'image')),
    start_ms INTEGER NOT NULL,
    payload BLOB NOT NULL,
    PRIMARY KEY (session_id, chunk)
  ) STRICT;
  CREATE INDEX media_by_time ON media_chunks (session_id, participant, kind, start_ms, chunk);
  `,
]

export const SCHEMA_VERSION = MIGRATIONS.length
