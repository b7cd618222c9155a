// A Redis whose disk is full does not know that before it writes: it acknowledges one more write,
// and keeps it in memory alone. So it is found before a session has to be that write.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createRedisStore } from '../../../../src/store/redis/redis-store.ts';
import { StoreUnavailable } from '../../../../src/store/session-store.ts';
import { freePorts } from '../../../support/free-ports.ts';
import { appendOf, standaloneTarget, storeOptions } from '../../../support/redis-store.ts';
import { until } from '../../../support/until.ts';
import { closing } from './refused-calls.ts';

/** Mounts a small disk, starts a server on it, and fills what is left. */
const SCRIPT = `
  mount -t tmpfs -o size=8m tmpfs "$0"
  redis-server --port "$1" --bind 127.0.0.1 --save '' --appendonly yes --dir "$0" &
  until [ -n "$(ls "$0/appendonlydir")" ] && redis-cli -p "$1" ping | grep -q PONG
  do sleep 0.05; done
  dd if=/dev/zero of="$0/filler" bs=4k
  wait`;

it('is not ready before anything was stored, and takes no update', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'full-disk-'));
  const [port = 0] = await freePorts(1);
  const inNamespace = [
    '--user',
    '--map-root-user',
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    'sh',
    '-c',
  ];
  const server = spawn('unshare', [...inNamespace, SCRIPT, folder, `${port}`], { stdio: 'ignore' });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  onTestFinished(async () => {
    server.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true });
  });
  const store = closing(
    createRedisStore({
      ...storeOptions(standaloneTarget({ host: '127.0.0.1', port })),
      topologyRefreshMs: 100,
    }),
  );
  const refused = await until('a ping that is refused', async () => {
    const failure = await store.ping().catch((error: unknown) => error);
    return failure instanceof StoreUnavailable && failure.refusal ? failure : undefined;
  });
  expect(refused.refusal).toMatchObject({ kind: 'disk_full', isLasting: true });
  await expect(store.append(appendOf())).rejects.toMatchObject({ refusal: { kind: 'disk_full' } });
});
