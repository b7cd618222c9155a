// Counts up a value that many services count, in two ways: under the session's lock, and by its
// etag.
//
//   npx node examples/count-exactly.ts 127.0.0.1:50051 session-1
//
// Under a lock no other caller writes, so the work between reading and writing may take long;
// others wait. By etag nobody waits, and a caller that was too late reads again; for short work
// that rarely collides.

import { randomUUID } from 'node:crypto';
import { type ServiceError, status } from '@grpc/grpc-js';
import { SessionService } from '../src/gen/cognigy/session/v1/session_service_pb.ts';
import { connectTo } from './session-client.ts';

const [address = '127.0.0.1:50051', sessionId = 'session-1'] = process.argv.slice(2);
const { lock, persist, restore, unlock } = SessionService.method;
const LOCK_WAIT_MS = 5000;
const ATTEMPTS_MAX = 20;

const client = connectTo(address);
await countUnderLock();
const visits = await countByEtag();
client.close();
process.stdout.write(`${JSON.stringify({ sessionId, visits })}\n`);

async function countUnderLock(): Promise<void> {
  // The call takes as long as it waits: its deadline is longer.
  const { token } = await client.call(
    lock,
    { sessionId, ttlMs: 10_000, waitMs: LOCK_WAIT_MS },
    { deadlineMs: LOCK_WAIT_MS + 3000 },
  );
  try {
    const { visits } = await read();
    // Had the lock run out meanwhile, this would be refused with FAILED_PRECONDITION, and nothing
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
      // Somebody else wrote in between: what was read is no longer true.
      if ((error as ServiceError).code !== status.ABORTED) throw error;
    }
  }
  throw new Error(`no attempt of ${ATTEMPTS_MAX} was the first`);
}

/** The count and the etag; `none` is the etag of a session that is not there. */
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
