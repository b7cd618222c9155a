// What the check of a store finds, in the process of the test.

import { readFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { readStoreConfig } from '../../src/commands/store-config.ts';
import { checkStore } from '../../src/open-store.ts';
import type { StoreFinding } from '../../src/store/store-finding.ts';
import { createLog } from '../../src/telemetry/log.ts';
import type { RedisCluster } from '../support/redis-cluster.ts';
import type { RedisServer } from '../support/redis-server.ts';

/** Settings of a server about which nothing is found. */
export const FIT = { appendonly: 'yes' };

/** What is started, until the end of the test. */
export async function kept<Kept extends { stop(): Promise<void> }>(
  starting: Promise<Kept>,
): Promise<Kept> {
  const started = await starting;
  onTestFinished(() => started.stop());
  return started;
}

export const urlOf = ({ port }: RedisServer) => `redis://127.0.0.1:${port}`;
export const nodesOf = ({ servers }: RedisCluster) =>
  `redis+cluster://${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}`;

/** What is found in an environment, those that are ok apart. */
export async function findingsOf(environment: Record<string, string>) {
  // A busy machine answers late.
  const patient = { STORE_CONNECT_TIMEOUT_MS: '5000', STORE_COMMAND_TIMEOUT_MS: '2000' };
  const readFile = (path: string) => readFileSync(path, 'utf8');
  const { config, problems } = readStoreConfig({ ...patient, ...environment }, readFile, [
    'WATCH_LIMIT',
  ]);
  if (config === undefined) throw new Error(problems.join('\n'));
  const all = await checkStore(config, createLog({ level: 'error', write: () => {} }));
  const ok = all.filter(({ level }) => level === 'ok').map(({ check }) => check);
  // A busy machine is slow, too.
  return { ok: new Set(ok), wrong: all.filter((each) => each.level !== 'ok' && !isSlow(each)) };
}

const isSlow = ({ check }: StoreFinding) => check === 'latency';
