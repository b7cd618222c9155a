// Where sessions and users are, and when something was received by the clock that is there.

import type { SessionStore } from '../session-store.ts';
import { highAt, lowAt } from './clock/clock-interval.ts';
import type { RedisConnection } from './connection/connection.ts';
import type { createKeys } from './session-key.ts';

export function createPlacement(
  connection: RedisConnection,
  keys: ReturnType<typeof createKeys>,
): Pick<SessionStore, 'momentOf' | 'shardOfSession' | 'shardOfUser'> {
  return {
    momentOf(sessionId, receivedAtMonotonicMs) {
      const clock = connection.lastClock(keys.session(sessionId));
      if (clock === undefined) return undefined;
      return {
        earliestMs: receivedAtMonotonicMs + lowAt(clock, receivedAtMonotonicMs),
        latestMs: receivedAtMonotonicMs + highAt(clock, receivedAtMonotonicMs),
      };
    },
    shardOfSession: (sessionId) => connection.addressOf(keys.session(sessionId)) ?? '',
    shardOfUser: (userId) => connection.addressOf(keys.user(userId)) ?? '',
  };
}
