// Notes of ends on their way into their sets. No request waits for one, and a set may be in a shard
// that is down: so they are kept here, sent as soon as they can be, those of one set together, until
// they are stored. What a process holds here when it dies is noted again with the session's next note
// (due-note.ts).

import type { RedisConnection } from '../connection/connection.ts';
import type { RunScripts } from '../run-scripts.ts';
import { loadScript } from '../scripts/script.ts';
import { END_SETS } from './due-ends.ts';

/** How many notes are kept at most, of all sets together. */
const KEPT_MAX = 20_000;
const SENT_AT_ONCE = 100;
/** Notes wait so long for others of their set, and for another attempt. */
const GATHER_MS = 200;

/** When an end comes, on the clock of `performance.now()`; undefined: it need not be waited for. */
export type EndNote = { set: number; member: string; endsAtMonotonicMs: number | undefined };

export type EndNotes = {
  /** Resolves once it is stored; false: it is given up. */
  add(note: EndNote): Promise<boolean>;
  /** Tries again to store what is kept, and gives up the rest. */
  close(): Promise<void>;
};

type Kept = Pick<EndNote, 'endsAtMonotonicMs'> & { stored: PromiseWithResolvers<boolean> };

export function createEndNotes({
  run,
  connection,
  keyOf,
  nowMonotonicMs,
  onUnswept,
  onGivenUp,
  onFailed,
}: {
  run: Pick<RunScripts, 'write'>;
  connection: Pick<RedisConnection, 'isConnected'>;
  keyOf: (set: number) => string;
  nowMonotonicMs: () => number;
  /** Called with a set that has ends and that nobody sweeps. */
  onUnswept: (set: number) => void;
  onGivenUp: () => void;
  onFailed: (cause: unknown) => void;
}): EndNotes {
  const script = loadScript('note_ends');
  const sets = Array.from({ length: END_SETS }, () => new Map<string, Kept>());
  const sending = new Set<number>();
  let timer: NodeJS.Timeout | undefined;
  let count = 0;
  let isClosed = false;

  return {
    add({ set, member, endsAtMonotonicMs }) {
      const kept = sets[set] as Map<string, Kept>;
      const former = kept.get(member);
      if (isClosed || (former === undefined && count >= KEPT_MAX)) {
        onGivenUp();
        return Promise.resolve(false);
      }
      if (former === undefined) count += 1;
      const stored = former?.stored ?? Promise.withResolvers<boolean>();
      kept.set(member, { endsAtMonotonicMs, stored });
      sendSoon();
      return stored.promise;
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await Promise.all(sets.map((kept, set) => (kept.size > 0 ? send(set) : undefined)));
      for (const kept of sets) {
        for (const { stored } of kept.values()) {
          onGivenUp();
          stored.resolve(false);
        }
        kept.clear();
      }
    },
  };

  function sendSoon(): void {
    if (isClosed) return;
    timer ??= setTimeout(sendAll, GATHER_MS).unref();
  }

  function sendAll(): void {
    timer = undefined;
    sets.forEach((kept, set) => {
      if (kept.size === 0 || sending.has(set)) return;
      // Where nobody would answer, no call is made that would fail.
      if (connection.isConnected(keyOf(set))) void send(set);
      else sendSoon();
    });
  }

  async function send(set: number): Promise<void> {
    const kept = sets[set] as Map<string, Kept>;
    const sent = [...kept.entries().take(SENT_AT_ONCE)];
    sending.add(set);
    const isStored = await write(set, sent);
    sending.delete(set);
    for (const [member, note] of isStored ? sent : []) {
      // One that was replaced meanwhile is sent as well.
      if (kept.get(member) !== note) continue;
      kept.delete(member);
      count -= 1;
      note.stored.resolve(true);
    }
    if (kept.size > 0) sendSoon();
  }

  async function write(set: number, notes: [string, Kept][]): Promise<boolean> {
    const nowMs = nowMonotonicMs();
    const args = notes.flatMap(([member, { endsAtMonotonicMs }]) => [
      member,
      endsAtMonotonicMs === undefined ? '' : String(Math.ceil(endsAtMonotonicMs - nowMs)),
    ]);
    try {
      const write = { operation: 'noteEnds', script, key: keyOf(set), args, limits: undefined };
      const [, isSwept] = await run.write(write);
      if (isSwept !== 1) onUnswept(set);
      return true;
    } catch (cause) {
      onFailed(cause);
      return false;
    }
  }
}
