// The size of a session in Redis, compared with the same state as JSON: all fields of its hash,
// names and values, after compaction. The session is a dialog, saved turn by turn, and what the
// updates leave behind counts too: their stamps, and the ids that the session remembers.

import { errorLog, readStoreEnvironment } from '../src/commands/store-config.ts';
import { openStore } from '../src/open-store.ts';
import { createCompactor } from '../src/service/compacting/compactor.ts';
import { createRetryingStore } from '../src/service/retrying/retrying-store.ts';
import { until } from '../test/support/until.ts';
import type { Place } from './cases.ts';
import { SECRET, startService } from './servers/start.ts';
import type { Row } from './table/result-table.ts';
import { type Turn, transcript } from './transcript.ts';

/** More turns than any dialog here has. */
const TURNS_MAX = 1000;
const WITHIN_MS = 20_000;
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
      const turns = turnsOf(kB * 1000);
      for (const place of turns.keys()) await save(service, { sessionId, turns, place });
      await compact(redis, { sessionId, writeFormat });
      rows.push({
        name: `stored bytes against JSON, dialog of ${kB} kB, WRITE_FORMAT=${writeFormat}`,
        figure: (await storedBytes(redis, sessionId)) / jsonBytes(turns),
        unit: 'x',
        ...(writeFormat === '2' && { atMost }),
      });
    }
    await service.stop();
  }
  return rows;
}

/** Saves one turn as a flow does. */
async function save(
  { port }: Place['service'],
  { sessionId, turns, place }: { sessionId: string; turns: readonly Turn[]; place: number },
): Promise<void> {
  const turn = turns[place] as Turn;
  const answer = await fetch(`http://127.0.0.1:${port}/webhook/cognigy/session`, {
    method: 'POST',
    headers: { 'x-api-key': SECRET },
    body: JSON.stringify({
      sessionId,
      execution: place + 1,
      inputId: turn.id,
      timestamp: Date.parse(turn.at),
      context: { [nameOf(place)]: turn },
      history: [stepOf(turn)],
    }),
  });
  if (answer.status !== 200) throw new Error(`a persist was answered ${answer.status}`);
}

/** Compacts a session as the service does once no more updates come, without waiting for that. */
async function compact(
  redis: Place['redis'],
  { sessionId, writeFormat }: { sessionId: string; writeFormat: string },
): Promise<void> {
  const { store: storeConfig, session: settings } = readStoreEnvironment(
    { STORE_URL: `redis://127.0.0.1:${redis.port}`, WRITE_FORMAT: writeFormat },
    'WRITE_FORMAT',
  );
  const store = await openStore(storeConfig, errorLog);
  const patience = {
    requestDeadlineMs: WITHIN_MS,
    nowMonotonicMs: () => performance.now(),
    random: Math.random,
  };
  const ignore = () => {};
  const compactor = createCompactor({
    ...{ store: createRetryingStore(store, patience, ignore), settings, patience },
    observer: { compactionEnded: ignore, framesQuarantined: ignore, quarantineFailed: ignore },
  });
  try {
    await until(
      `${sessionId} to be compacted`,
      async () => {
        // It fails before the store is connected, and where the service compacts at the same time.
        await compactor.compact(sessionId);
        return (await store.read(sessionId))?.frames.length === 1 || undefined;
      },
      WITHIN_MS,
    );
  } finally {
    await compactor.close();
    await store.close();
  }
}

async function storedBytes(redis: Place['redis'], sessionId: string): Promise<number> {
  const fields = Object.entries(await redis.client.hgetallBuffer(`cgs:{${sessionId}}`));
  return fields.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
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
