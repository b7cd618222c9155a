// A process that saves, erases and reads sessions in a file that other processes write too, through
// the use cases, until its time is over. Run with the path of the database, a name and the
// milliseconds to go on for; prints what its callers saw, as JSON: acknowledged updates by session,
// refusals, and the longest wait for an answer.

import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { createSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { commandOf, createTestService, receiptNow } from '../../support/test-service.ts';

const CALLERS = 20;
const [, , path = '', name = '', forMs = ''] = process.argv;

const store = createSqliteStore({ path });
const service = createTestService(store, {
  patience: { requestDeadlineMs: 2000, random: Math.random },
});
const endMs = performance.now() + Number(forMs);
const seen = { saved: {} as Record<string, number>, refused: [] as string[], longestMs: 0 };

await Promise.all(Array.from({ length: CALLERS }, (_, caller) => call(`${name}-${caller}`)));
await service.compactor.close();
await store.close();
process.stdout.write(JSON.stringify(seen));

async function call(sessionId: string): Promise<void> {
  const passing = `${sessionId}-passing`;
  for (let turn = 0; performance.now() < endMs; turn++) {
    await answered(async () => {
      const json = JSON.stringify(randomBytes(400).toString('hex'));
      await service.persist(
        commandOf({ sessionId, userId: name, context: [{ key: `k${turn % 9}`, json }] }),
      );
      seen.saved[sessionId] = turn + 1;
    });
    if (turn % 20 === 19) {
      await answered(() => service.persist(commandOf({ sessionId: passing })));
      const erasure = { sessionId: passing, ifMatch: '', updateId: '' };
      await answered(() => service.erase({ receipt: receiptNow(), ...erasure }));
    }
    await pause(1 + 4 * Math.random());
  }
}

async function answered(request: () => Promise<unknown>): Promise<void> {
  const startedMs = performance.now();
  await request().catch((error) => seen.refused.push(String(error)));
  seen.longestMs = Math.max(seen.longestMs, performance.now() - startedMs);
}
