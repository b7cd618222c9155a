// Saves a session, counts in it, and watches what was done.
//
//   node src/main.ts ADDRESS SESSION_ID

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Code, ConnectError } from '@connectrpc/connect';
import { connectTo, DEADLINE_MS, refusalOf } from './session-client.ts';

const LOCK_WAIT_MS = 5000;
const WATCH_DEADLINE_MS = 60_000;
const ATTEMPTS_MAX = 50;

const [address = '127.0.0.1:28051', sessionId = 'session-1'] = process.argv.slice(2);

const client = connectTo(address);
try {
  const saved = await save('order-99281', { orderId: 'ORD-99281' });
  console.log(`saved: revision ${saved.revision}`);
  console.log(`restored: ${(await restore()).variables.orderId}`);
  console.log(`counted under an etag: ${await countUnderEtag()}`);
  console.log(`counted under the lock: ${await countUnderLock()}`);

  // The id belongs to an update with other content.
  await save('order-99281', { orderId: 'ORD-1' }).catch((error) => {
    console.log(`refused: ${refusalOf(error)?.reason}`);
  });

  await watch(saved, (await restore()).revision);
} finally {
  client.close();
}

/** Sets variables. It is repeated if the service is unavailable: by its id the service recognises
 * an update that it has stored. */
function save(
  updateId: string,
  variables: Record<string, string | number>,
  condition: { ifMatch?: string; lockToken?: string } = {},
) {
  return client.persist({ sessionId, updateId, variables, ...condition });
}

/** Reads the session. One that does not exist is empty; its etag is `none`. */
async function restore() {
  try {
    const { session } = await client.restore({ sessionId });
    const { variables = {}, revision = 0, etag } = session ?? {};
    // A damaged one has no etag until its next update, and an empty one would be no condition.
    return { variables, revision, etag: etag || 'unknown' };
  } catch (error) {
    if (refusalOf(error)?.reason !== 'not_found') throw error;
    return { variables: {}, revision: 0, etag: 'none' };
  }
}

/** Reads again whenever another caller wrote in between, or holds the lock. */
async function countUnderEtag(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const { variables, etag } = await restore();
    const visits = Number(variables.visits ?? 0) + 1;
    try {
      await save(randomUUID(), { visits }, { ifMatch: etag });
      return visits;
    } catch (error) {
      if (!['conflict', 'locked'].includes(refusalOf(error)?.reason ?? '')) throw error;
    }
  }
  throw new Error('other callers wrote at each attempt');
}

/** Keeps all others from writing between its read and its write. */
async function countUnderLock(): Promise<number> {
  const { token } = await client.lock(
    { sessionId, ttlMs: 10_000, waitMs: LOCK_WAIT_MS },
    { timeoutMs: LOCK_WAIT_MS + DEADLINE_MS },
  );
  try {
    const { variables } = await restore();
    const visits = Number(variables.visits ?? 0) + 1;
    await save(randomUUID(), { visits }, { lockToken: token });
    return visits;
  } finally {
    await client.unlock({ sessionId, token });
  }
}

/** Prints what happened since a save until a revision, and continues where it is interrupted. */
async function watch(since: { revision: number; etag: string }, until: number): Promise<void> {
  const target = { case: 'sessionId', value: sessionId } as const;
  // The timer of `timeoutMs` would keep the process running after the last event.
  const options = { timeoutMs: 0, signal: AbortSignal.timeout(WATCH_DEADLINE_MS) };
  let position = { revision: since.revision, etag: since.etag };
  while (position.revision < until) {
    try {
      for await (const { event } of client.watch({ target, resumeFrom: [position] }, options)) {
        if (event.case === 'update') {
          const keys = event.value.variables.join(', ');
          console.log(`watched: revision ${event.value.revision} sets ${keys}`);
        } else if (event.case === 'reset') {
          // What happened before is not known one by one: read the session, and continue from here.
          console.log(`watched: reset to revision ${event.value.revision}`);
        } else continue;
        const { revision, etag } = event.value;
        position = { revision, etag };
        if (revision >= until) return;
      }
    } catch (error) {
      if (ConnectError.from(error).code !== Code.Unavailable) throw error;
      await pause(1000);
    }
  }
}
