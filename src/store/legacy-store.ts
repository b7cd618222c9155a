// The contract of what former services left in Redis. It is read where it is, removed by an erase,
// and otherwise left until it expires. It is looked up only where there is no session of ours.

import type { AttemptLimits } from './session-store.ts';

/** The keys of former services, by what is stored under them: `session:{id}` and
 * `cognigy:state:{id}`. */
export type LegacyKeyKind = 'json' | 'cgny';

/** What the keys of each begin with. */
export const LEGACY_PREFIXES: Readonly<Record<LegacyKeyKind, string>> = {
  json: 'session:',
  cgny: 'cognigy:state:',
};

/** The largest value that is read, in bytes. */
export const LEGACY_VALUE_MAX_BYTES = 16 * 1024 * 1024;

/** One stored value. */
export type LegacyValue = {
  kind: LegacyKeyKind;
  /** Undefined if it is larger than LEGACY_VALUE_MAX_BYTES. */
  bytes: Uint8Array | undefined;
  /** How long it will be kept; undefined if it has no expiry. */
  ttlMs: number | undefined;
};

/** A session that a scan has found. */
export type LegacyKey = { kind: LegacyKeyKind; sessionId: string };

/** Keys that one step of a scan has found, and how many keys it has gone through. */
export type LegacyPage = { keys: LegacyKey[]; scanned: number };

export interface LegacyStore {
  /** What is stored of a session, under either key or those given; nothing for keys that hold no
   * text, which are those of other programs. Throws StoreUnavailable if that is not known. */
  find(sessionId: string, kinds?: readonly LegacyKeyKind[]): Promise<LegacyValue[]>;
  /** Removes what is stored of a session; answers how many keys there were. Keys that hold no text
   * are left. Throws StoreUnavailable if it may still be there. */
  remove(sessionId: string, limits?: AttemptLimits): Promise<number>;
  /** All sessions on all masters, page by page. A session may come up twice; one that exists all
   * the time comes up at least once, unless its slot moves to another master meanwhile. Throws
   * StoreUnavailable. */
  scan(): AsyncIterable<LegacyPage>;
  /** How many keys a scan goes through, roughly. Throws StoreUnavailable. */
  countKeys(): Promise<number>;
  /** Closes connections. Pending calls are refused. */
  close(): Promise<void>;
}
