// The writers of one round, several of each kind at once.

import { createRandom } from '../../model/random.ts';
import type { World } from '../world/world.ts';
import { countByEtag } from './count-by-etag.ts';
import { countUnderLock } from './count-under-lock.ts';
import { createPickDoors } from './doors.ts';
import { eraseSessions, eraseUsers } from './erase.ts';
import { createLedger, type Ledger } from './ledger.ts';
import type { Load, LoadedSession, SessionKind } from './load.ts';
import { repeatUpdates } from './repeat-updates.ts';
import { restoreSessions } from './restore-sessions.ts';
import { writeMarks } from './write-marks.ts';

/** Sessions of each kind in each shard. */
const SESSIONS: Readonly<Record<SessionKind, number>> = {
  kept: 4,
  erased: 3,
  'erased with its user': 2,
  locked: 1,
  conditional: 1,
};

type Writer = (load: Load) => Promise<void>;

const WRITERS: readonly [Writer, number][] = [
  [writeMarks, 9],
  [countUnderLock, 4],
  [countByEtag, 3],
  [repeatUpdates, 2],
  [eraseSessions, 1],
  [eraseUsers, 1],
  [restoreSessions, 2],
];

export type RunningLoad = {
  ledger: Ledger;
  sessions: readonly LoadedSession[];
  /** On the clock of `performance.now()`. */
  startedMs: number;
  /** Lets every writer finish what it is at. */
  stop(): Promise<void>;
};

export function startLoad(
  world: World,
  { name, seed }: { name: string; seed: number },
): RunningLoad {
  const ledger = createLedger();
  const sessions = sessionsIn(world, name);
  const pick = createPickDoors(world.sidecars);
  const shards = Math.max(1, world.shards.length);
  let isOver = false;
  const writers = WRITERS.flatMap(([write, count]) => Array<Writer>(count).fill(write));
  const failed = Promise.all(
    writers.map((write, place) =>
      write({
        ...{ ledger, sessions, pick },
        ofOneShard: sessions.filter(({ sessionId }) => world.shardOf(sessionId) === place % shards),
        random: createRandom(seed + place),
        home: place,
        isOver: () => isOver,
      }),
    ),
  );
  // Noticed when the load is stopped.
  failed.catch(() => {
    isOver = true;
  });
  return {
    ledger,
    sessions,
    startedMs: performance.now(),
    async stop() {
      isOver = true;
      await failed;
    },
  };
}

/** Sessions whose keys lie in all shards alike. */
function sessionsIn(world: World, name: string): LoadedSession[] {
  const shards = Math.max(1, world.shards.length);
  return Object.entries(SESSIONS).flatMap(([kind, count]) => {
    const left = Array<number>(shards).fill(count);
    const sessions: LoadedSession[] = [];
    for (let number = 0; sessions.length < count * shards; number++) {
      const sessionId = `${name}-${kind.replaceAll(' ', '-')}-${number}`;
      const shard = world.shardOf(sessionId);
      if ((left[shard] ?? 0) === 0) continue;
      left[shard] = (left[shard] ?? 0) - 1;
      const user =
        kind === 'erased with its user' ? `${name}-user-${sessions.length % 2}` : sessionId;
      sessions.push({ sessionId, userId: user, kind: kind as SessionKind });
    }
    return sessions;
  });
}
