// Shows what happens to a session, a line for each event, and continues where it was interrupted.
//
//   npx node examples/watch-session.ts http://127.0.0.1:50051 session-1
//
// A third argument is after how many events to end.

import { setTimeout as pause } from 'node:timers/promises';
import { ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { SessionService } from '../src/gen/cognigy/session/v1/session_service_pb.ts';

const AGAIN_AFTER_MS = 1000;

const [baseUrl = 'http://127.0.0.1:50051', sessionId = 'session-1', count = 'Infinity'] =
  process.argv.slice(2);
const connection = new Http2SessionManager(baseUrl);
const transport = createGrpcTransport({ baseUrl, sessionManager: connection });
const client = createClient(SessionService, transport);

let left = Number(count);
let position: { sessionId: string; revision: number; etag: string } | undefined;
while (left > 0) {
  try {
    const resumeFrom = position ? [position] : [];
    for await (const { event } of client.watch({
      target: { case: 'sessionId', value: sessionId },
      resumeFrom,
    })) {
      // After a reset the session is to be restored; other events only say what has changed.
      if (event.case === 'update' || event.case === 'reset') {
        const { revision, etag } = event.value;
        position = { sessionId, revision, etag };
      }
      const revision = 'revision' in (event.value ?? {}) ? position?.revision : undefined;
      process.stdout.write(`${JSON.stringify({ event: event.case, revision })}\n`);
      if (--left === 0) break;
    }
  } catch (error) {
    process.stderr.write(`${ConnectError.from(error).message}; again from ${position?.revision}\n`);
    await pause(AGAIN_AFTER_MS);
  }
}
connection.abort();
