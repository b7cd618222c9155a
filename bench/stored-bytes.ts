// The size of a session in Redis, compared with the same state as JSON: all fields of its hash,
// names and values, after compaction. The session has had many updates, like a real one, and the
// data that they leave behind counts too.

import { setTimeout as pause } from 'node:timers/promises';
import type { Place } from './cases.ts';
import { stateBody, turnBody } from './example-update.ts';
import { SECRET } from './servers/start.ts';
import type { Row } from './table/result-table.ts';

/** More updates than the session remembers ids of. */
const UPDATES_BEFORE = 100;
const COMPACTED_WITHIN_MS = 5000;
const LOOK_AGAIN_AFTER_MS = 20;

/** Its row, for a state of about this size. */
export async function storedBytesRow(
  place: Place,
  { title, stateBytes, atMost }: { title: string; stateBytes: number; atMost: number },
): Promise<Row> {
  const figure = await storedBytesRatio(place, stateBytes);
  return {
    name: `stored bytes against JSON, state of ${title}`,
    ...{ figure, unit: 'x', atMost },
  };
}

/** Stored bytes of a compacted session divided by the bytes of its state as JSON, for a state of
 * about this size. */
async function storedBytesRatio({ service, redis }: Place, stateBytes: number): Promise<number> {
  const sessionId = `stored-${stateBytes}`;
  const { variables } = stateBody(sessionId, stateBytes);
  const { context, history } = turnBody();
  const post = async (body: object) => {
    const answer = await fetch(`http://127.0.0.1:${service.port}/webhook/cognigy/session`, {
      method: 'POST',
      headers: { 'x-api-key': SECRET },
      body: JSON.stringify({ sessionId, ...body }),
    });
    if (answer.status !== 200) throw new Error(`a persist was answered ${answer.status}`);
  };
  for (let update = 0; update < UPDATES_BEFORE; update++) await post({ context: { turn: update } });
  await post({ variables, context, history });

  const key = `cgs:{${sessionId}}`;
  const deadlineMs = performance.now() + COMPACTED_WITHIN_MS;
  while ((await framesOf(key)) > 1) {
    if (performance.now() > deadlineMs) throw new Error(`${sessionId} was not compacted`);
    await pause(LOOK_AGAIN_AFTER_MS);
  }
  const fields = Object.entries(await redis.client.hgetallBuffer(key));
  const storedBytes = fields.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  return (
    storedBytes / Buffer.byteLength(JSON.stringify({ sessionId, variables, context, history }))
  );

  async function framesOf(hash: string): Promise<number> {
    const names = await redis.client.hkeys(hash);
    return names.filter((name) => name.startsWith('snapshot:') || name.length === 22).length;
  }
}
