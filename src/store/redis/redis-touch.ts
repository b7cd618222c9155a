import type { SessionStore } from '../session-store.ts';
import type { RunScripts } from './run-scripts.ts';
import { touchResultFrom } from './scripts/replies.ts';
import { loadScript } from './scripts/script.ts';
import { confirmedOfTouch } from './to-confirm.ts';

/** Extending the life of a session, by one script. */
export function createRedisTouch({
  run,
  keyOf,
}: {
  run: RunScripts;
  keyOf: (sessionId: string) => string;
}): SessionStore['touch'] {
  const script = loadScript('touch');
  return ({ sessionId, receivedAtMonotonicMs, ttlMs, flowId }, limits) => {
    const write = {
      ...{ operation: 'touch', script, key: keyOf(sessionId), limits },
      // A session that a failover lost, and that is about to be given back, is not missing.
      ...{ receivedAtMonotonicMs, isGated: true },
      args: [String(ttlMs), flowId === undefined ? '*' : `=${flowId}`],
    };
    return run.keep(write, confirmedOfTouch, touchResultFrom);
  };
}
