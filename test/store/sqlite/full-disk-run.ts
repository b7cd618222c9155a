// Runs in a mount namespace of its own, with a small disk mounted on the folder that is given:
// fills it, and prints what came of each step as JSON.

import { randomBytes } from 'node:crypto';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreUnavailable } from '../../../src/store/session-store.ts';
import { createSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';

const FRAMES_PER_SESSION = 20;
const [, , folder = ''] = process.argv;
const path = join(folder, 'sessions.db');
const filler = join(folder, 'filler');
const outcomes: Record<string, unknown> = {};
let store = open();

function open() {
  return createSqliteStore({ path, reserveBytes: 8 * 1024 * 1024 });
}

function append(sessionId: string) {
  return store.append({
    sessionId,
    updateId: randomBytes(16).toString('base64url'),
    frame: randomBytes(3000),
    flowId: '',
    receivedAtMonotonicMs: performance.now(),
    ttlMs: 86_400_000,
    sessionMaxBytes: 524_288,
    lockToken: '',
    ifMatch: '',
    userId: '',
    eventMs: 0,
  });
}

function erase(sessionId: string) {
  const eraseId = randomBytes(16).toString('base64url');
  return store.erase({ sessionId, eraseId, tombstoneTtlMs: 60_000, ifMatch: '' });
}

async function step(name: string, run: () => Promise<unknown>): Promise<void> {
  outcomes[name] = await run().then(
    (result) => (result as { status?: string } | undefined)?.status ?? 'done',
    (error: StoreUnavailable) => error.refusal?.kind ?? error.message,
  );
}

/** Others take what is left of the disk. */
function fillDisk(): void {
  const file = openSync(filler, 'a');
  try {
    for (;;) writeSync(file, Buffer.alloc(4096));
  } catch {
    closeSync(file);
  }
}

/** Answers how many sessions there are, the last of which may be short. */
async function appendUntilFull(): Promise<number> {
  for (let count = 0; ; count++) {
    const sessionId = `session-${Math.floor(count / FRAMES_PER_SESSION)}`;
    if ((await append(sessionId).catch(() => undefined)) === undefined)
      return count / FRAMES_PER_SESSION;
  }
}

await step('ping of an empty disk', () => store.ping());
const sessions = await appendUntilFull();
await step('append', () => append('session-0'));
await step('ping', () => store.ping());
await step('read', () => store.read('session-0'));
await step('lock', () =>
  store.lock({
    sessionId: 'session-0',
    token: 'a-token-of-22-letters-',
    ttlMs: 1000,
    renew: false,
  }),
);
await step('erase of one', () => erase('session-0'));
await store.close();

fillDisk();
await step('restart', async () => {
  store = open();
});
await step('read after a restart', () => store.read('session-1'));
await step('append after a restart', () => append('session-1'));
await step('ping after a restart', () => store.ping());
rmSync(filler);

for (let number = 1; number < sessions; number++)
  await step('erase of all', () => erase(`session-${number}`));
await step('ping with room in the file', () => store.ping());
await step('append with room in the file', () => append('session-0'));
await store.close();

// Others fill the disk while the reserve is held.
store = open();
fillDisk();
await step('ping of a disk that others filled', () => store.ping());
await step('lasting erase', () => erase('session-0'));
await store.close();
await step('restart on a disk that others filled', async () => {
  store = open();
});
await step('erase on a disk that others filled', () => erase('session-1'));
rmSync(filler);
await step('ping with room again', () => store.ping());
await step('append with room again', () => append('session-2'));
await store.close();
process.stdout.write(JSON.stringify(outcomes));
