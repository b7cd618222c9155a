// The limits of a session that no setting changes. Each is a number with its reason.

/** Longest session id, user id, flow id, update id, input id and node id, in characters.
 * Cognigy's own ids end at 256; two of them joined still fit. */
export const ID_MAX_LENGTH = 512;

/** Longest timestamp, in characters: RFC 3339 with nanoseconds and a zone has 35. */
export const TIMESTAMP_MAX_LENGTH = 64;

/** Deepest nesting of a value. A level costs up to three nested messages in
 * google.protobuf.Struct, and gRPC clients refuse to read more than a hundred. */
export const VALUE_MAX_DEPTH = 30;

/** Largest possible SESSION_MAX_BYTES: compressed content is not expanded beyond it. */
export const SESSION_BYTES_LIMIT = 16 * 1024 * 1024;

/** Most steps that a session's history keeps. */
export const HISTORY_MAX_STEPS = 500;

// What one update may contain. Each key and each value costs time, not only each byte: 40 000 tiny
// keys fit into a body of 1 MiB and blocked the process for half a second. Cognigy's HTTP node
// sends at most 65 kB.

/** Most keys of one update's variables, and of its context; and most keys that it removes from
 * either. */
export const UPDATE_KEYS_MAX = 2000;

/** Most history steps of one update: twice as many as a session keeps. */
export const UPDATE_STEPS_MAX = 2 * HISTORY_MAX_STEPS;

/** Most JSON values of one request, at all levels. A value takes two bytes at least, so what
 * Cognigy's node sends never has more than 33 000. */
export const JSON_VALUES_MAX = 50_000;

/** How far ahead of the sidecar's clock an event may be, in seconds; an event further ahead counts
 * as this far. */
export const EVENT_AHEAD_MAX_SECONDS = 10;

/** Largest sequence: the largest integer that JSON carries exactly. */
export const SEQUENCE_MAX = 2n ** 53n - 1n;

/** How long a removal is remembered after it was received, in seconds. An older update that
 * arrives later than this could bring the removed key back. */
export const REMOVAL_MAX_AGE_SECONDS = 24 * 60 * 60;

/** The share of a session's largest size that its snapshot may use to remember removals: an eighth,
 * if the session's values leave so much. By default that is 60 KiB: 3000 short keys that were
 * removed together, or 600 that were removed one by one, each in an update of its own. One update
 * removes at most 2000 keys. */
export const REMOVALS_SHARE = 1 / 8;

/** How long an erase is remembered, in seconds. An update from before it that arrives later than
 * this could bring the session back. */
export const TOMBSTONE_MAX_AGE_SECONDS = REMOVAL_MAX_AGE_SECONDS;

/** Shortest and longest time to live of a lock, in milliseconds: long enough to be renewed, short
 * enough to wait for. */
export const LOCK_TTL_MIN_MS = 100;
export const LOCK_TTL_MAX_MS = 300_000;

/** Longest wait for a lock, in milliseconds. */
export const LOCK_WAIT_MAX_MS = 30_000;

/** Shortest and longest time to live of a session after an update, in milliseconds. */
export const SESSION_TTL_MIN_MS = 1000;
export const SESSION_TTL_MAX_MS = 400 * 24 * 60 * 60 * 1000;
