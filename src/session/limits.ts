// The limits of a session that no setting changes. Each is a number with its reason.

/** Longest session id, user id, flow id, update id, input id and node id, in characters. Cognigy's own ids
 * end at 256; two of them joined still fit. */
export const ID_MAX_LENGTH = 512;

/** Longest timestamp, in characters: RFC 3339 with nanoseconds and a zone has 35. */
export const TIMESTAMP_MAX_LENGTH = 64;

/** Deepest nesting of a value. A level costs up to three nested messages in google.protobuf.Struct, and gRPC
 * clients refuse to read more than a hundred. */
export const VALUE_MAX_DEPTH = 30;

/** Most steps that a session's history keeps. */
export const HISTORY_MAX_STEPS = 500;

/** How far ahead of the sidecar's clock an event may lie, in seconds; one further ahead counts as this far. */
export const EVENT_AHEAD_MAX_SECONDS = 10;

/** Largest sequence: the largest integer that JSON carries exactly. */
export const SEQUENCE_MAX = 2n ** 53n - 1n;

/** How long a removal is remembered after it was received, in seconds. An older update that arrives later
 * than this could bring the removed key back. */
export const REMOVAL_MAX_AGE_SECONDS = 24 * 60 * 60;
