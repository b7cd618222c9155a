// The locks of sessions: fields of their hashes.

import { LAPSED_LOCK_MS, type SessionStore } from '../session-store.ts';
import type { RunScripts } from './run-scripts.ts';
import { lockResultFrom, unlockResultFrom } from './scripts/replies.ts';
import { loadScript } from './scripts/script.ts';

const LAPSED = String(LAPSED_LOCK_MS);

export function createRedisLocks({
  run,
  keyOf,
}: {
  run: RunScripts;
  keyOf: (sessionId: string) => string;
}): Pick<SessionStore, 'lock' | 'unlock' | 'forgetLapsed'> {
  const scripts = { lock: loadScript('lock'), unlock: loadScript('unlock') };

  return {
    async lock({ sessionId, token, ttlMs, renew }, limits) {
      const reply = await run.write({
        ...{ operation: 'lock', script: scripts.lock, key: keyOf(sessionId), limits },
        isGated: true,
        args: [token, String(ttlMs), LAPSED, renew ? '1' : '0'],
      });
      return lockResultFrom(reply);
    },

    async unlock({ sessionId, token }, limits) {
      const reply = await run.write({
        ...{ operation: 'unlock', script: scripts.unlock, key: keyOf(sessionId), limits },
        args: [token, LAPSED, '0'],
      });
      return unlockResultFrom(reply);
    },

    async forgetLapsed({ sessionId, token }, limits) {
      const reply = await run.write({
        ...{ operation: 'forgetLapsed', script: scripts.unlock, key: keyOf(sessionId), limits },
        args: [token, LAPSED, '1'],
      });
      const result = unlockResultFrom(reply);
      return result.status === 'lost' && result.lapsed;
    },
  };
}
