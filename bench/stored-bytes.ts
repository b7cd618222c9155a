// The size of a session in Redis, compared with the same state as JSON: all fields of its hash,
// names and values, after compaction. The session is a dialog, saved turn by turn, and what the
// updates leave behind counts too: their stamps, and the ids that the session remembers.

import { setTimeout as pause } from 'node:timers/promises';
import type { Place } from './cases.ts';
import { SECRET, startService } from './servers/start.ts';
import type { Row } from './table/result-table.ts';
import { type Turn, transcript } from './transcript.ts';

/** More turns than any dialog here has. */
const TURNS_MAX = 1000;
const POSTS_MAX = 1000;
/** A compaction that an update triggered ends sooner. */
const COMPACTED_WITHIN_MS = 50;
const LOOK_AGAIN_AFTER_MS = 5;
const SIZES = [
  { kB: 8, atMost: 0.65 },
  { kB: 64, atMost: 0.45 },
];

/** The rows, for both forms; the limits are for the compressed one. */
export async function storedBytesRows(redis: Place['redis']): Promise<Row[]> {
  const rows: Row[] = [];
  for (const writeFormat of ['1', '2']) {
    const service = await startService(redis, { settings: { WRITE_FORMAT: writeFormat } });
    for (const { kB, atMost } of SIZES) {
      const sessionId = `stored-${kB}-${writeFormat}`;
      const stateBytes = kB * 1000;
      rows.push({
        name: `stored bytes against JSON, dialog of ${kB} kB, WRITE_FORMAT=${writeFormat}`,
        figure: await storedBytesRatio({ service, redis }, { sessionId, stateBytes }),
        unit: 'x',
        ...(writeFormat === '2' && { atMost }),
      });
    }
    await service.stop();
  }
  return rows;
}

/** Stored bytes of a compacted session divided by the bytes of its state as JSON, for a state of
 * about this size. */
async function storedBytesRatio(
  { service, redis }: Place,
  { sessionId, stateBytes }: { sessionId: string; stateBytes: number },
): Promise<number> {
  const key = `cgs:{${sessionId}}`;
  const turns = turnsOf(stateBytes);
  const save = async (execution: number, place: number) => {
    const turn = turns[place] as Turn;
    await post({
      sessionId,
      execution,
      inputId: turn.id,
      timestamp: Date.parse(turn.at),
      context: { [nameOf(place)]: turn },
      history: [stepOf(turn)],
    });
  };
  for (const place of turns.keys()) await save(place + 1, place);
  // A compaction is due when enough was appended. To save the last turn again changes nothing else.
  for (let more = 1; (await framesOf()) > 1; more++) {
    if (more > POSTS_MAX) throw new Error(`${sessionId} was not compacted`);
    await save(turns.length + more, turns.length - 1);
    await compactedIfDue();
  }
  const fields = Object.entries(await redis.client.hgetallBuffer(key));
  const storedBytes = fields.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  return storedBytes / jsonBytes(turns);

  async function post(body: object): Promise<void> {
    const answer = await fetch(`http://127.0.0.1:${service.port}/webhook/cognigy/session`, {
      method: 'POST',
      headers: { 'x-api-key': SECRET },
      body: JSON.stringify(body),
    });
    if (answer.status !== 200) throw new Error(`a persist was answered ${answer.status}`);
  }

  async function compactedIfDue(): Promise<void> {
    const deadlineMs = performance.now() + COMPACTED_WITHIN_MS;
    while ((await framesOf()) > 1 && performance.now() < deadlineMs)
      await pause(LOOK_AGAIN_AFTER_MS);
  }

  async function framesOf(): Promise<number> {
    const names = await redis.client.hkeys(key);
    return names.filter((name) => name.startsWith('snapshot:') || name.length === 22).length;
  }
}

/** The turns whose state is about this large. */
function turnsOf(stateBytes: number): Turn[] {
  const turns = transcript(TURNS_MAX);
  let count = 1;
  while (jsonBytes(turns.slice(0, count)) < stateBytes) count += 1;
  return turns.slice(0, count);
}

/** Of a session's state, as a flow would hold it. */
function jsonBytes(turns: readonly Turn[]): number {
  const context = Object.fromEntries(turns.map((turn, place) => [nameOf(place), turn]));
  return Buffer.byteLength(JSON.stringify({ context, history: turns.map(stepOf) }));
}

function nameOf(place: number): string {
  return `turn${String(place).padStart(4, '0')}`;
}

function stepOf({ intent, at }: Turn) {
  return { nodeId: intent, timestamp: at };
}
