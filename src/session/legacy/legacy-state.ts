// What the services of two tutorials, which this one replaces, stored of a session. Each of them
// has a layout of its own; both become the same state here, which is checked as far as its layout
// allows.

import type { KeyValue } from '../json/value.ts';

/** `json`: a JSON text under `session:{id}` (FastAPI). `cgny`: a binary frame under
 * `cognigy:state:{id}` (Spring Boot). */
export const LEGACY_LAYOUTS = ['json', 'cgny'] as const;
export type LegacyLayout = (typeof LEGACY_LAYOUTS)[number];

/** A session as a former service stored it. Empty texts and lists: there were none. */
export type LegacyState = {
  sessionId: string;
  userId: string;
  flowId: string;
  variables: KeyValue[];
  context: KeyValue[];
  history: { nodeId: string; timestamp: string }[];
  /** Of the latest update; empty if it cannot be read. */
  timestamp: string;
};

/** Why a stored value cannot be used. */
export const LEGACY_DAMAGES = [
  /** `cgny`: the length prefix does not match the number of bytes. */
  'bad_length',
  /** `cgny`: the SHA-256 does not match the payload. */
  'bad_digest',
  /** `cgny`: the digest matches, the payload is not of this layout. */
  'bad_layout',
  /** `json`: the bytes are not a JSON text. */
  'not_json',
  /** `json`: the JSON is not that of a session. */
  'not_a_session',
  /** It names another session than its key. */
  'wrong_session',
  /** Larger than any session may be. */
  'too_large',
  /** A value is nested too deep, or a number is too large for a double. */
  'out_of_limits',
] as const;
export type LegacyDamage = (typeof LEGACY_DAMAGES)[number];

/** What reading a stored value gives. */
export type ReadLegacyState =
  | { state: LegacyState; damage?: undefined }
  | { state?: undefined; damage: LegacyDamage };
