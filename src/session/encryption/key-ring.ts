import type { KeyObject } from 'node:crypto';

/** The keys with which contents are encrypted, 256 bits each. */
export type KeyRing = {
  /** Encrypts what is written; undefined: what is written is not encrypted. */
  current: { id: string; key: KeyObject } | undefined;
  /** All that open what is stored, the current one included, by their ids. */
  keys: ReadonlyMap<string, KeyObject>;
  /** For the ids of updates that are made of their contents (update-id.ts). It never changes, so
   * that a retry is recognised whatever the current key is. */
  updateIdKey: KeyObject;
  /** Encrypts ids in keys and indexes (id-cipher.ts); undefined: they are not encrypted. It never
   * changes: what is stored is found by it. */
  idKey: KeyObject | undefined;
};
