// Writes to the cluster in a process of its own, inside the Pods' network: a number of lanes, each
// in slots of its own, each the next value once the one before was acknowledged. Told to end, it
// reads everything back and prints what it found as one line of JSON (writer.ts).

import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Cluster } from 'ioredis';

const LANES = 12;
const COMMAND_TIMEOUT_MS = 500;
const REPLICA_TIMEOUT_MS = 300;
/** No cluster is waited for longer. */
const LIFE_MAX_MS = 120_000;

const { HOSTS = '', PASSWORD_FILE = '', TLS_CA = '', REPLICATED = '' } = process.env;
const cluster = new Cluster(
  HOSTS.split(',').map((host) => ({ host, port: 6379 })),
  {
    dnsLookup: (host, found) => found(null, host),
    redisOptions: {
      password: readFileSync(PASSWORD_FILE, 'utf8'),
      commandTimeout: COMMAND_TIMEOUT_MS,
      maxRetriesPerRequest: 0,
      ...(TLS_CA === '' ? {} : { tls: { ca: readFileSync(TLS_CA) } }),
    },
    clusterRetryStrategy: () => 100,
    slotsRefreshInterval: 500,
  },
);
cluster.on('error', () => {});
setTimeout(() => process.exit(1), LIFE_MAX_MS).unref();

let isEnding = false;
let errors = 0;
let longestGapMs = 0;
const acknowledged: number[] = [];

/** Tries until it is done; each failure counts. */
async function insist<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch {
      errors++;
      await pause(20);
    }
  }
}

/** Sets a key, and waits for a replica if writes must be replicated. Rejects if that is not known. */
async function write(key: string, value: number): Promise<void> {
  if (REPLICATED === '') {
    await cluster.set(key, value);
    return;
  }
  // WAIT counts writes of its own connection alone, and no slot says where it belongs.
  const [master] = cluster.slots[Number(await cluster.cluster('KEYSLOT', key))] ?? [];
  const node = cluster
    .nodes('master')
    .find(({ options: { host, port } }) => `${host}:${port}` === master);
  if (node === undefined) throw new Error(`no connection to ${master}`);
  const answers = (await node.pipeline().set(key, value).wait(1, REPLICA_TIMEOUT_MS).exec()) ?? [];
  const [refusal] = answers.flatMap(([error]) => error ?? []);
  if (refusal !== undefined) throw refusal;
  if (Number(answers[1]?.[1]) < 1) throw new Error('no replica has it');
}

const keyOf = (lane: number, count: number): string => `{lane-${lane}}:${count}`;

await Promise.all(
  Array.from({ length: LANES }, async (_, lane) => {
    await insist(() => write(keyOf(lane, 0), 0));
    if (lane === 0) process.stdout.write('writing\n');
    for (let count = 1; !isEnding; count++) {
      const startedAt = performance.now();
      await insist(() => write(keyOf(lane, count), count));
      acknowledged[lane] = count;
      longestGapMs = Math.max(longestGapMs, performance.now() - startedAt);
      await pause(2);
    }
  }).concat(
    new Promise<void>((resolve) => {
      process.stdin.once('data', () => {
        isEnding = true;
        resolve();
      });
      // Whoever started it is gone.
      process.stdin.once('end', () => isEnding || process.exit(1));
    }),
  ),
);

const errorsOfWriting = errors;
let lost = 0;
await Promise.all(
  acknowledged.map(async (last, lane) => {
    for (let count = 1; count <= last; count++) {
      const value = await insist(() => cluster.get(keyOf(lane, count)));
      if (value !== String(count)) lost++;
    }
  }),
);
const total = acknowledged.reduce((sum, count) => sum + count, 0);
const account = { total, lost, errors: errorsOfWriting, longestGapMs: Math.round(longestGapMs) };
process.stdout.write(`${JSON.stringify(account)}\n`, () => process.exit(0));
