// How long a lock is not held between two holders while many wait for it: from the moment when a
// holder sends its release to the moment when the next one knows that it holds the lock. The
// waiters are spread over several sidecars, so most hand-overs are between two processes.

import { median, type Row, withLimit } from './result-table.ts';
import type { ServiceProcess } from './server-process.ts';

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
  const slowest = percentile(idleMs, 0.99);
  const [middle, slow] = [median(idleMs), slowest].map((ms) => ms.toFixed(1));
  return {
    name: `lock hand-over, ${WAITERS} waiters through ${services.length} sidecars`,
    value: `median ${middle} ms, p99 ${slow} ms of ${idleMs.length}`,
    ...withLimit(slowest, { atMost: 50, unit: ' ms' }),
  };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
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
