// Increments a counter that many services share, in two ways: with the session's lock, and with its
// etag.
//
//   npx node examples/count-exactly.ts 127.0.0.1:28051 session-1
//
// While one caller holds the lock, nobody else writes, so the work between reading and writing may
// take long; the others wait. With the etag nobody waits, and a caller whose write conflicts reads
// again; use it for short work that rarely conflicts.

import { randomUUID } from 'node:crypto';
import { type ServiceError, status } from '@grpc/grpc-js';
import { SessionService } from '../src/gen/cognigy/session/v1/session_service_pb.ts';
import { connectTo } from './session-client.ts';

const [address = '127.0.0.1:28051', sessionId = 'session-1'] = process.argv.slice(2);
const { lock, persist, restore, unlock } = SessionService.method;
const LOCK_WAIT_MS = 5000;
const ATTEMPTS_MAX = 20;

const client = connectTo(address);
await countUnderLock();
const visits = await countByEtag();
client.close();
process.stdout.write(`${JSON.stringify({ sessionId, visits })}\n`);

async function countUnderLock(): Promise<void> {
  // The call takes as long as it waits for the lock, so its deadline is longer.
  const { token } = await client.call(
    lock,
    { sessionId, ttlMs: 10_000, waitMs: LOCK_WAIT_MS },
    { deadlineMs: LOCK_WAIT_MS + 3000 },
  );
  try {
    const { visits } = await read();
    // If the lock has expired meanwhile, this is refused with FAILED_PRECONDITION, and nothing is
    // lost.
    await client.call(persist, {
      sessionId,
      updateId: randomUUID(),
      lockToken: token,
      variables: { visits: visits + 1 },
    });
  } finally {
    await client.call(unlock, { sessionId, token });
  }
}

async function countByEtag(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const { visits, etag } = await read();
    try {
      await client.call(persist, {
        sessionId,
        updateId: randomUUID(),
        ifMatch: etag,
        variables: { visits: visits + 1 },
      });
      return visits + 1;
    } catch (error) {
      // Another caller wrote in between, so what was read is out of date.
      if ((error as ServiceError).code !== status.ABORTED) throw error;
    }
  }
  throw new Error(`all ${ATTEMPTS_MAX} attempts conflicted with other writers`);
}

/** The count and the etag; `none` is the etag of a session that does not exist. */
async function read(): Promise<{ visits: number; etag: string }> {
  try {
    const { session } = await client.call(restore, { sessionId });
    // A session whose metadata is damaged has no etag until its next update; an empty one would
    // match any.
    return { visits: Number(session?.variables?.visits ?? 0), etag: session?.etag || 'unknown' };
  } catch (error) {
    if ((error as ServiceError).code !== status.NOT_FOUND) throw error;
    return { visits: 0, etag: 'none' };
  }
}
