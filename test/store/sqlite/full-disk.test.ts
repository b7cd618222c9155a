// A full disk: said at once and by its name, with room to erase and to restart; and the end of it.

import { execFile } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { StoreUnavailable } from '../../../src/store/session-store.ts';
import { createSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { appendOf, newSessionId } from '../../contract/store-under-test.ts';
import { scratchFile } from './scratch-file.ts';

const run = promisify(execFile);
const RUN = join(import.meta.dirname, 'full-disk-run.ts');

it.each([[8], [24], [64]])('a disk of %d MiB that is full', async (mebibytes) => {
  const folder = dirname(scratchFile());
  mkdirSync(folder, { recursive: true });
  const script = `mount -t tmpfs -o size=${mebibytes}m tmpfs "$0" && exec "$1" "$2" "$0"`;
  const inNamespace = ['--user', '--map-root-user', '--mount', 'sh', '-c', script];
  const { stdout } = await run('unshare', [...inNamespace, folder, process.execPath, RUN]);
  expect(JSON.parse(stdout)).toEqual({
    'ping of an empty disk': 'done',
    append: 'disk_full',
    ping: 'disk_full',
    read: 'done',
    lock: 'disk_full',
    'erase of one': 'erased',
    restart: 'done',
    'read after a restart': 'done',
    'append after a restart': 'disk_full',
    'ping after a restart': 'disk_full',
    'erase of all': 'erased',
    'ping with room in the file': 'done',
    'append with room in the file': 'stored',
    'ping of a disk that others filled': 'disk_full',
    'lasting erase': 'erased',
    'restart on a disk that others filled': 'done',
    'erase on a disk that others filled': 'erased',
    'ping with room again': 'done',
    'append with room again': 'stored',
  });
});

it('a file that was removed or replaced while it was open is not ready, and says so', async () => {
  const path = scratchFile();
  const store = createSqliteStore({ path });
  await store.append(appendOf(newSessionId()));
  await store.ping();
  rmSync(path);
  const removed = await store.ping().catch((error: unknown) => error);
  expect(removed).toBeInstanceOf(StoreUnavailable);
  expect(removed).toMatchObject({
    refusal: { kind: 'file_unusable', isLasting: true, text: 'ENOENT: no such file or directory' },
  });
  const other = `${path}-other`;
  await createSqliteStore({ path: other }).close();
  renameSync(other, path);
  await expect(store.ping()).rejects.toThrow(/was replaced by another one/);
  await store.close();
});
