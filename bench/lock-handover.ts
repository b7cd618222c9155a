// How long a lock is not held between two holders while many wait for it: from the moment when a
// holder sends its release to the moment when the next one knows that it holds the lock. The
// waiters are spread over several sidecars, so most hand-overs are between two processes.

import type { ServiceProcess } from './servers/start.ts';
import { median, percentile, type Row } from './table/result-table.ts';

const WAITERS = 50;
const WAIT_MS = 30_000;
const LOCK_TTL_MS = 10_000;
const SERVICE = 'cognigy.session.v1.SessionService';

/** In each round, WAITERS acquire the lock of one session once each. */
export async function lockHandoverRow(
  services: readonly ServiceProcess[],
  { rounds }: { rounds: number },
): Promise<Row> {
  const idleMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    let releasedMs: number | undefined;
    const waiters = Array.from({ length: WAITERS }, async (_, waiter) => {
      const { rpcPort } = services[waiter % services.length] as ServiceProcess;
      const sessionId = `handover-${round}`;
      const { token } = await call(rpcPort, 'Lock', {
        sessionId,
        waitMs: WAIT_MS,
        ttlMs: LOCK_TTL_MS,
      });
      if (releasedMs !== undefined) idleMs.push(performance.now() - releasedMs);
      await call(rpcPort, 'Persist', {
        sessionId,
        lockToken: token,
        variables: { [`waiter${waiter}`]: true },
      });
      releasedMs = performance.now();
      await call(rpcPort, 'Unlock', { sessionId, token });
    });
    await Promise.all(waiters);
  }
  return {
    name: `lock hand-over, p99, ${WAITERS} waiters through ${services.length} sidecars`,
    ...{ figure: percentile(idleMs, 0.99), unit: ' ms', atMost: 50 },
    note: `median ${median(idleMs).toFixed(1)} ms of ${idleMs.length}`,
  };
}

async function call(port: number, method: string, request: object): Promise<{ token: string }> {
  const answer = await fetch(`http://127.0.0.1:${port}/${SERVICE}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  if (!answer.ok) throw new Error(`${method} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as { token: string };
}
