// A walk over all sessions, master by master, by SCAN.
//
// A cursor of SCAN means something to one process of Redis alone: each has a hash seed of its own. So
// a position names the process (its run id) with the cursor, and the slots that it is about. Where
// another process, or another master, has these slots now, after a failover or a resharding, the walk
// of these slots begins again: sessions may be found twice then, and none is missed.
//
//   position   {"left":"5461-16383","part":"5461-10922","run":"<run id>","cursor":"<cursor>"}
//
// `left` are the slots that are not done, `part` those of them that the master had when its scan
// began. A server without slots counts as one that has all of them.

import type { SessionStore } from '../session-store.ts';
import type { ScannedSessions } from '../session-walks.ts';
import type { RedisConnection } from './connection/connection.ts';
import { fieldsOf } from './connection/server-check.ts';
import { encodedId, sessionIdIn } from './session-key.ts';
import { ALL_SLOTS, rangesOf, slotsIn } from './slot-ranges.ts';

const BEGINNING = '0';
const GLOB = /[*?[\]\\^-]/g;

type Position = { left: string; part: string; run: string; cursor: string };

/** Redis refuses a cursor of more than 64 bits. */
const CURSOR_MAX = 2n ** 64n - 1n;

export function createSessionScan(
  connection: Pick<RedisConnection, 'sendAt' | 'addressAt' | 'slotOf'>,
  keyPrefix: string,
): Pick<SessionStore, 'scanSessions'> {
  return {
    async scanSessions({ position: text, idPrefix, count, skipsShard = false }) {
      const position = text === '' ? { left: ALL_SLOTS } : positionFrom(text);
      const left = position && slotsIn(position.left);
      const [first] = left ?? [];
      if (position === undefined || left === undefined || first === undefined) return undefined;
      const address = connection.addressAt(first);
      const owned = left.filter((slot) => connection.addressAt(slot) === address);
      if (skipsShard) return { ...after(left, owned), ...found([]), skippedShard: address ?? '' };
      const part = rangesOf(owned);
      const isContinued = 'part' in position && position.part === part;
      const cursor = isContinued ? position.cursor : BEGINNING;
      const scanned = await scan(first, { cursor, pattern: patternOf(idPrefix), count });
      const { run } = scanned;
      const here = { left: position.left, part, run };
      if (isContinued && run !== position.run)
        return { ...found([], true), next: JSON.stringify({ ...here, cursor: BEGINNING }) };
      const hasRestarted = 'part' in position && !isContinued;
      const answer = found(sessionsIn(scanned.keys, new Set(owned)), hasRestarted);
      if (scanned.cursor === BEGINNING) return { ...answer, ...after(left, owned) };
      return { ...answer, next: JSON.stringify({ ...here, cursor: scanned.cursor }) };
    },
  };

  /** One call of SCAN, and the process that answered it. */
  async function scan(
    slot: number,
    { cursor, pattern, count }: { cursor: string; pattern: string; count: number },
  ) {
    return connection.sendAt({
      ...{ operation: 'scanSessions', slot },
      async command(server) {
        // On one connection, so both answers are of one process.
        const [info, reply] = await Promise.all([
          server.call('info', ['server']),
          server.call('scan', [cursor, 'MATCH', pattern, 'COUNT', String(count)]),
        ]);
        const [next, keys] = reply as [Buffer, Buffer[]];
        const run = fieldsOf(String(info)).get('run_id') ?? '';
        return { run, cursor: String(next), keys: keys.map(String) };
      },
    });
  }

  /** The sessions of keys in these slots: others are about to move, and are found elsewhere. */
  function sessionsIn(keys: readonly string[], slots: ReadonlySet<number>): string[] {
    const ids = keys
      .filter((key) => slots.has(connection.slotOf(key)))
      .map((key) => sessionIdIn(key.slice(keyPrefix.length)));
    return [...new Set(ids.filter((id) => id !== undefined))];
  }

  /** Keys of sessions whose ids begin like this. Ids in keys hold no character of a pattern. */
  function patternOf(idPrefix: string): string {
    return `${keyPrefix.replace(GLOB, '\\$&')}{${encodedId(idPrefix)}*}`;
  }
}

function found(
  sessionIds: string[],
  hasRestarted = false,
): Pick<ScannedSessions, 'sessionIds' | 'hasRestarted'> {
  return { sessionIds, hasRestarted };
}

/** Where the walk continues once these slots are done. */
function after(left: readonly number[], done: readonly number[]): Pick<ScannedSessions, 'next'> {
  const isDone = new Set(done);
  const rest = rangesOf(left.filter((slot) => !isDone.has(slot)));
  return { next: rest === '' ? undefined : JSON.stringify({ left: rest }) };
}

/** Undefined if it is no position of this store. */
function positionFrom(text: string): { left: string } | Position | undefined {
  try {
    const { left, part, run, cursor } = JSON.parse(text) as Record<string, unknown>;
    if (typeof left !== 'string') return undefined;
    if (part === undefined) return { left };
    const isWhole = typeof part === 'string' && typeof run === 'string';
    if (!isWhole || typeof cursor !== 'string' || !/^\d{1,20}$/.test(cursor)) return undefined;
    if (BigInt(cursor) > CURSOR_MAX) return undefined;
    return { left, part, run, cursor };
  } catch {
    return undefined;
  }
}
