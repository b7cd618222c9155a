import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach, expect, it } from 'vitest';
import { createSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { newSessionId } from '../../contract/store-under-test.ts';
import { scratchFile } from './scratch-file.ts';

const WRITER = new URL('killed-writer.ts', import.meta.url).pathname;
const children: ChildProcessByStdio<null, Readable, null>[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Starts a writer, waits for so many acknowledgements, kills it, and answers everything it
 * acknowledged. */
async function acknowledgedBeforeKill(
  path: string,
  sessionId: string,
  count: number,
): Promise<string[]> {
  const child = spawn(process.execPath, [WRITER, path, sessionId], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    if (lines.length === count) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  return lines;
}

it('an acknowledged update survives kill -9 right after it', async () => {
  const path = scratchFile();
  const sessionId = newSessionId();
  const lines = await acknowledgedBeforeKill(path, sessionId, 20);
  const store = createSqliteStore({ path });
  const session = await store.read(sessionId);
  const names = session?.frames.map((frame) => frame.name) ?? [];
  expect(lines.length).toBeGreaterThanOrEqual(20);
  expect(names).toEqual(expect.arrayContaining(lines.map((line) => line.split(' ')[0])));
  // At most the update in flight is stored without having been acknowledged.
  expect(names.length - lines.length).toBeLessThanOrEqual(1);
  expect(session?.revision).toBe(names.length);
  await store.close();
}, 20_000);

it('three processes that create one file and write one session at once lose nothing', async () => {
  const path = scratchFile();
  const sessionId = newSessionId();
  const writers = [1, 2, 3].map(() => acknowledgedBeforeKill(path, sessionId, 50));
  const lines = (await Promise.all(writers)).flat();
  const store = createSqliteStore({ path });
  const session = await store.read(sessionId);
  const frames = session?.frames ?? [];
  expect(frames.map((frame) => frame.revision)).toEqual(frames.map((_, place) => place + 1));
  expect(new Set(lines.map((line) => line.split(' ')[1]))).toEqual(new Set(['stored']));
  const names = new Set(frames.map((frame) => frame.name));
  expect(lines.filter((line) => !names.has(line.split(' ')[0] ?? ''))).toEqual([]);
  await store.close();
}, 20_000);
