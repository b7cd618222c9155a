// npm run bench: the costs of the service, as ratios measured in one run. The exit code is 0
// whether or not the limits are met.
//
//   --quick    fewer and shorter rounds, about a minute in all
//   --million  10^6 live sessions instead of 10^5, which takes minutes and 3 GB of memory
//   --soak     ten minutes of persists before the memory is measured
//
// The floor (floor-server.ts) is the smallest possible cost of a persist here. Costs are CPU time
// of the server's process, user and system. Where the size or number of sessions matters, Redis's
// CPU time is added.

import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startRedisServer } from '../test/support/redis-server.ts';
import { type Place, prepareCases } from './cases.ts';
import { costRows } from './cost-rows.ts';
import { startLoadProcess } from './load.ts';
import { lockHandoverRow } from './lock-handover.ts';
import { median, type Row, tableText, withLimit } from './result-table.ts';
import { runRounds } from './rounds.ts';
import { startFloor, startService } from './server-process.ts';
import { storedBytesRatio } from './stored-bytes.ts';

const MEBIBYTE = 1024 * 1024;
/** A process that has just started is idle after this time. */
const CALM_AFTER_MS = 1000;
const SIDECARS = 4;
const SOAK_MS = 10 * 60 * 1000;

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean' }, million: { type: 'boolean' }, soak: { type: 'boolean' } },
});
const plan = flags.quick
  ? {
      starts: 3,
      manySessions: 14_000,
      warmUpRequests: 4000,
      rounds: 4,
      requests: 2000,
      handoverRounds: 4,
    }
  : {
      starts: 7,
      manySessions: flags.million ? 1_000_000 : 100_000,
      warmUpRequests: 8000,
      rounds: 9,
      requests: 4000,
      handoverRounds: 20,
    };

// Servers are killed when the process exits; a signal alone would not run the exit handlers.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const startedMs = performance.now();
const loadProcess = startLoadProcess();
const [main, few, many] = [await openPlace(), await openPlace(), await openPlace()];
const floor = await startFloor('http1', main.redis.port);
const grpcFloor = await startFloor('grpc', main.redis.port);
const grpcJs = await startFloor('grpc-js', main.redis.port);
try {
  const starting = await startingRows();
  const cases = await prepareCases(
    { main, few, many },
    { floor, grpcFloor, grpcJs, manySessions: plan.manySessions, loadProcess },
  );
  const costs = await runRounds(cases, { plan, loadProcess });
  const stored = [await storedRow('8 kB', 8_000), await storedRow('64 kB', 64_000)];
  for (const endMs = performance.now() + SOAK_MS; flags.soak && performance.now() < endMs; ) {
    await loadProcess.run({
      ...cases.talkingPersist.load,
      firstRequest: 0,
      requests: plan.requests,
    });
  }
  const rows = [
    ...costRows(costs, plan.manySessions),
    ...stored,
    await handoverRow(),
    ...starting,
    memoryRow('after load', main.service, 140),
  ];
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  process.stdout.write(
    `${tableText(rows)}\n\nRates are per CPU second of the server; ` +
      `medians of ${plan.rounds} rounds, with the lowest and the highest.\n` +
      `Node ${process.version}, ${plan.requests} requests a round, ${seconds} s in all.\n`,
  );
} finally {
  const servers = [
    floor,
    grpcFloor,
    grpcJs,
    ...[main, few, many].flatMap(({ service, redis }) => [service, redis]),
  ];
  await Promise.all(servers.map((server) => server.stop()));
  loadProcess.stop();
}

async function openPlace(): Promise<Place> {
  const redis = await startRedisServer();
  return { redis, service: await startService(redis.port) };
}

/** Starts the service several times: measures how soon it is ready, and its cost and memory before
 * any work. */
async function startingRows(): Promise<Row[]> {
  const readyMs: number[] = [];
  const cpuMs: number[] = [];
  const idleBytes: number[] = [];
  for (let start = 0; start < plan.starts; start++) {
    const service = await startService(main.redis.port);
    readyMs.push(service.readyAfterMs);
    cpuMs.push(service.cpuSeconds() * 1000);
    await pause(CALM_AFTER_MS);
    idleBytes.push(service.residentBytes());
    await service.stop();
  }
  const ready = median(readyMs);
  const value = `${ready.toFixed(0)} ms, ${(median(cpuMs)).toFixed(0)} ms of CPU time`;
  return [
    { name: 'ready after start', value, ...withLimit(ready, { atMost: 400, unit: ' ms' }) },
    memoryRow('idle', { residentBytes: () => median(idleBytes) }, 90),
  ];
}

/** Uses sidecars of its own, which share one Redis. */
async function handoverRow(): Promise<Row> {
  const sidecars = await Promise.all(
    Array.from({ length: SIDECARS }, () => startService(main.redis.port)),
  );
  try {
    return await lockHandoverRow(sidecars, { rounds: plan.handoverRounds });
  } finally {
    await Promise.all(sidecars.map((sidecar) => sidecar.stop()));
  }
}

function memoryRow(
  when: string,
  { residentBytes }: { residentBytes(): number },
  atMost: number,
): Row {
  const megabytes = residentBytes() / MEBIBYTE;
  return {
    name: `memory, ${when}`,
    value: `${megabytes.toFixed(0)} MB`,
    ...withLimit(megabytes, { atMost, unit: ' MB' }),
  };
}

async function storedRow(title: string, stateBytes: number): Promise<Row> {
  const ratio = await storedBytesRatio(main, stateBytes);
  return {
    name: `stored bytes against JSON, state of ${title}`,
    value: `${ratio.toFixed(2)}x`,
    ...withLimit(ratio, { atMost: 0.6, unit: 'x' }),
  };
}
