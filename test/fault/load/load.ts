import type { Random } from '../../model/random.ts';
import type { PickDoors } from './doors.ts';
import type { Ledger } from './ledger.ts';

/** What a session is for. Sessions in which updates count are not erased. */
export type SessionKind = 'kept' | 'erased' | 'erased with its user' | 'locked' | 'conditional';

export type LoadedSession = { sessionId: string; userId: string; kind: SessionKind };

/** What one writer works with. */
export type Load = {
  ledger: Ledger;
  sessions: readonly LoadedSession[];
  /** Those of one shard, for a writer that is not to wait for other shards. */
  ofOneShard: readonly LoadedSession[];
  random: Random;
  pick: PickDoors;
  /** The sidecar that this writer uses while it is up. */
  home: number;
  isOver(): boolean;
};

/** The sessions of a kind. */
export function sessionsOf({ sessions }: Load, kind: SessionKind): LoadedSession[] {
  return sessions.filter((session) => session.kind === kind);
}
