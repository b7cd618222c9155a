// The ends that are noted: what each is of, in which set it is, and its name there
// (scripts/note_ends.lua).
//
// There are so many sets that a cluster's masters share them evenly, and that each stays small: 31 000
// ends for a million live sessions. All processes on a store have the same number.

import type { EndKind } from '../../end-events.ts';
import { slotOfKey } from '../connection/slot-of-key.ts';

export const END_SETS = 32;

/** Something under a session's key that ends. `detail`: of a session its incarnation, of a frame in
 * quarantine its name; else empty. */
export type DueEnd = {
  kind: Exclude<EndKind, 'lock'>;
  detail: string;
  sessionId: string;
};

const LETTERS = { session: 's', tombstone: 't', quarantine: 'q' } as const;

/** The set that holds the ends of a session, from 0 on. */
export function setOf(sessionId: string): number {
  return slotOfKey(sessionId) % END_SETS;
}

/** The name of an end in its set. */
export function memberOf({ kind, detail, sessionId }: DueEnd): string {
  return `${LETTERS[kind]}${detail} ${sessionId}`;
}

/** Reads a name; undefined for one that this version does not know. */
export function dueEndFrom(member: string): DueEnd | undefined {
  const [, letter, detail = '', sessionId = ''] = /^(.)(\S*) (.+)$/su.exec(member) ?? [];
  for (const kind of ['session', 'tombstone', 'quarantine'] as const)
    if (letter === LETTERS[kind]) return { kind, detail, sessionId };
  return undefined;
}
