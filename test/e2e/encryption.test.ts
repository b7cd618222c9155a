// Encrypted contents as an operator has them: what is on the disks, and keys that are replaced
// while the service runs.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { keyRingText, keyText } from '../support/encryption-keys.ts';
import { startReadyApp } from '../support/ready-apps.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { post, type RunningApp } from '../support/running-app.ts';
import { until } from '../support/until.ts';

const CONTENTS = ['a-key-of-variables', 'a value of variables', 'a value of context', 'a-node'];

const bodyOf = (sessionId: string) => ({
  ...{ sessionId, userId: 'u', flowId: 'f', inputId: 'a-retry-is-recognised' },
  variables: { [`${CONTENTS[0]}`]: CONTENTS[1] },
  context: { nested: [{ in: CONTENTS[2] }] },
  history: [{ nodeId: CONTENTS[3], timestamp: '2026-01-01T00:00:00Z' }],
});

const save = (app: RunningApp, body: object) =>
  post(`${app.webhook}/webhook/cognigy/session`, body);
const restore = async (app: RunningApp, sessionId: string) =>
  (await post(`${app.webhook}/webhook/cognigy/restore`, { sessionId })).body;

function folderOfTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'encryption-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Everything that lies in a folder, of all files. */
function bytesIn(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile())
    .map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'))
    .join('\n');
}

async function bytesOfRedis(client: Redis): Promise<string> {
  const names = await client.keys('*');
  const hashes = names.filter((name) => /^cgs:\{[^:]/.test(name));
  const fields = await Promise.all(hashes.map((name) => client.hgetallBuffer(name)));
  const values = fields.flatMap((each) =>
    Object.entries(each).flatMap(([field, value]) => [field, value.toString('latin1')]),
  );
  return [...names, ...values].join('\n');
}

function expectNoContents(bytes: string): void {
  for (const content of CONTENTS) expect(bytes).not.toContain(content);
}

test('neither SQLite nor its log holds any content', async () => {
  const DATA_DIR = folderOfTest();
  const app = await startReadyApp({ DATA_DIR, ENCRYPTION_KEYS: keyRingText('one') });
  onTestFinished(() => app.stop());
  const body = bodyOf('s');
  // Enough to be compacted.
  const context = { ...body.context, filling: 'x'.repeat(1000) };
  for (let nth = 1; nth <= 30; nth++) await save(app, { ...body, context, execution: nth });
  const { variables, outcome } = await restore(app, 's');
  expect({ variables, outcome }).toEqual({ variables: bodyOf('s').variables, outcome: 'intact' });
  const bytes = bytesIn(DATA_DIR);
  expect(bytes).toContain('sessions');
  expectNoContents(bytes);
  expectNoContents(JSON.stringify(app.logged));
});

test('neither Redis nor the spool holds any content, and the spool is replayed', async () => {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const SPOOL_DIR = folderOfTest();
  const settings = {
    ...{ STORE_URL: `redis://127.0.0.1:${redis.port}`, SPOOL: 'on', SPOOL_DIR },
    ...{ SPOOL_MAX_BYTES: '16777216', SPOOL_AFTER_MS: '1000', REQUEST_DEADLINE_MS: '5000' },
    ...{ ENCRYPTION_KEYS: keyRingText('one') },
  };
  const app = await startReadyApp(settings);
  onTestFinished(() => app.stop());
  expect(await save(app, bodyOf('stored'))).toMatchObject({ status: 200, body: { known: false } });
  expect(await save(app, bodyOf('stored'))).toMatchObject({ status: 200, body: { known: true } });
  expectNoContents(await bytesOfRedis(redis.client));

  redis.pause();
  expect(await save(app, bodyOf('spooled'))).toMatchObject({ status: 202 });
  const spooled = bytesIn(SPOOL_DIR);
  expectNoContents(spooled);
  expect(spooled).not.toContain('spooled');
  redis.resume();
  const restored = await until('the replay', async () => {
    const answer = await restore(app, 'spooled');
    return answer.found && answer.revision > 0 ? answer : undefined;
  });
  expect(restored.variables).toEqual(bodyOf('spooled').variables);
  const bytes = await bytesOfRedis(redis.client);
  expect(bytes).toContain('spooled');
  expectNoContents(bytes);
});

test('keys are replaced while the service runs, and bad ones refused', async () => {
  const file = join(folderOfTest(), 'keys.json');
  writeFileSync(file, keyRingText('one'));
  const app = await startReadyApp({ ENCRYPTION_KEYS_FILE: file });
  onTestFinished(() => app.stop());
  const logged = (message: string) =>
    until(message, () => app.logged.find((line) => String(line.message).includes(message)));
  await save(app, bodyOf('s'));

  writeFileSync(file, keyRingText('two').replace(keyText('two'), 'not-a-key'));
  const refused = await logged('cannot be replaced');
  expect(refused).toMatchObject({ variable: 'ENCRYPTION_KEYS_FILE' });
  expect(refused.reason).toMatch(/; key two is not 32 bytes in base64 \(44 characters\)$/);
  expect(await app.metric('cognigy_session_followed_files{state="failed"}')).toBe(1);
  expect(await restore(app, 's')).toMatchObject({ outcome: 'intact' });

  writeFileSync(file, keyRingText('two'));
  await logged('was replaced');
  expect(await restore(app, 's')).toMatchObject({ outcome: 'fallback' });
  const missing = 'cognigy_session_unopened_frames_total{reason="key_missing"}';
  expect(await app.metric(missing)).toBe(1);
  const line = await logged('no key opens a stored frame');
  expect(line).toMatchObject({ keyId: 'one', reason: 'key_missing' });
  expect(JSON.stringify(app.logged)).not.toContain(keyText('one'));
});
