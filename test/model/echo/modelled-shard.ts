// A shard: a master, its two replicas, and what becomes of their history. A replica that is
// promoted has a prefix of the master's history, and continues it under a new replication id; the
// former master may continue as well, for those who still send to it.

import type { Random } from '../random.ts';
import { NOTHING, type Session } from './modelled-session.ts';

/** How often a replica reports its offset to its master. */
const REPORTED_EVERY_MS = 1000;

/** What `INFO replication` says. */
export type Sample = {
  id: string;
  previousId: string;
  /** The first offset that is not part of the history under `previousId`. */
  previousEnd: number;
  offset: number;
  /** Those that are connected. */
  replicas: readonly { name: string; offset: number }[];
};

type Replica = {
  name: string;
  lagMs: number;
  /** Its offset since its link to the master is down. */
  stoppedAt: number | undefined;
  /** What it had when it began to follow this master, and when it has caught up. */
  from: number;
  followsFromMs: number;
};

export type Master = {
  id: string;
  isAlive: boolean;
  session(): Session;
  /** Runs an operation: `change` answers the session afterwards, and the answer to its sender. */
  run<Answer>(change: (session: Session) => { after: Session; answer: Answer }): Answer;
  sample(): Sample;
};

type Kept = Master & {
  server: string;
  history: Session[];
  atMs: number[];
  previousId: string;
  previousEnd: number;
  replicas: Replica[];
};

export type Shard = {
  /** The one that clients should use. */
  master(): Master;
  /** One replica is cut off, and others follow more or less closely. */
  cutReplica(): void;
  healReplicas(): void;
  /** Promotes a replica; `freshest`: the one with the longest history. Answers the former master.
   * */
  promote(options: { freshest: boolean }): Master;
};

export function createShard(random: Random, nowMs: () => number): Shard {
  let promoted = 0;
  let current = createMaster('a', { history: [NOTHING], previousId: '', previousEnd: 0 });
  current.replicas = ['b', 'c'].map((name) => following(name, 0));

  return {
    master: () => current,
    cutReplica() {
      const replica = random.pick(current.replicas);
      replica.stoppedAt ??= offsetOf(current, replica);
    },
    healReplicas() {
      for (const replica of current.replicas) {
        if (replica.stoppedAt === undefined) continue;
        replica.from = replica.stoppedAt;
        replica.stoppedAt = undefined;
        replica.followsFromMs = nowMs() + random.below(300);
      }
    },
    promote({ freshest }) {
      const former = current;
      const offsets = former.replicas.map((replica) => offsetOf(former, replica));
      const isFirst = (offsets[0] ?? 0) >= (offsets[1] ?? 0);
      const place = freshest === isFirst ? 0 : 1;
      const offset = offsets[place] ?? 0;
      const { name } = former.replicas[place] as Replica;
      const history = former.history.slice(0, offset + 1);
      current = createMaster(name, { history, previousId: former.id, previousEnd: offset + 1 });
      const other = former.replicas[1 - place] as Replica;
      // One that has more than the new master has starts over from a copy.
      const otherFrom = Math.min(offsets[1 - place] ?? 0, offset);
      current.replicas = [following(other.name, otherFrom), following(former.server, otherFrom)];
      return former;
    },
  };

  function following(name: string, from: number): Replica {
    const lagMs = random.pick([1, 5, 50, 300]);
    return { name, lagMs, from, stoppedAt: undefined, followsFromMs: nowMs() + random.below(1500) };
  }

  function createMaster(
    server: string,
    given: Pick<Kept, 'history' | 'previousId' | 'previousEnd'>,
  ): Kept {
    const atMs = given.history.map(() => Number.NEGATIVE_INFINITY);
    const kept: Kept = {
      ...given,
      ...{ id: `id${promoted++}`, server, atMs, isAlive: true, replicas: [] },
      session: () => kept.history.at(-1) as Session,
      run(change) {
        const { after, answer } = change(kept.session());
        if (after !== kept.session()) {
          kept.history.push(after);
          kept.atMs.push(nowMs());
        }
        return answer;
      },
      sample: () => ({
        ...{ id: kept.id, previousId: kept.previousId, previousEnd: kept.previousEnd },
        offset: kept.history.length - 1,
        // Once it was replaced nobody follows it.
        replicas: kept !== current ? [] : kept.replicas.flatMap(reported),
      }),
    };
    return kept;

    function reported(replica: Replica) {
      if (replica.stoppedAt !== undefined) return [];
      const atMs = Math.floor(nowMs() / REPORTED_EVERY_MS) * REPORTED_EVERY_MS;
      return [{ name: replica.name, offset: offsetOf(kept, replica, atMs) }];
    }
  }

  function offsetOf(master: Kept, replica: Replica, atMs = nowMs()): number {
    if (replica.stoppedAt !== undefined) return replica.stoppedAt;
    if (atMs < replica.followsFromMs) return replica.from;
    const has = master.atMs.findLastIndex((executedMs) => executedMs <= atMs - replica.lagMs);
    return Math.max(replica.from, has);
  }
}
