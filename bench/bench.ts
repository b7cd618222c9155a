// npm run bench: the costs of the service, as ratios measured in one run. The exit code is 0
// whether or not the limits are met.
//
//   --quick          fewer and shorter rounds, one conversation; about two minutes in all
//   --million        10^6 live sessions instead of 10^5, which takes minutes and 3 GB of memory
//   --soak           ten minutes of persists before the memory is measured
//   --peers          our service against those of the two tutorials (peers/), which it builds
//   --json FILE      keeps the result
//   --compare FILE   compares with a kept result
//
// The floor (servers/floor.ts) is the smallest possible cost of a persist here. Costs are CPU time
// of the server's process, user and system. Where the size or number of sessions matters, Redis's
// CPU time is added.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeBundle } from '../.ci/bundle/make-bundle.ts';
import { startRedisServer } from '../test/support/redis-server.ts';
import { type Place, prepareCases } from './cases.ts';
import { CONVERSATIONS, withFloor, withService } from './conversation/cases.ts';
import { conversationRow, titleOf } from './conversation/rows.ts';
import { durabilityRows } from './durability-rows.ts';
import { encryptionRows } from './encryption-rows.ts';
import { latencyRows } from './latency/latency-rows.ts';
import { startLoadProcess } from './load/load.ts';
import { lockHandoverRow } from './lock-handover.ts';
import { peerRows } from './peers/peer-rows.ts';
import { memoryRow, startingRows } from './process-rows.ts';
import { type Case, type Cost, runRounds } from './rounds.ts';
import { startFloor, startService } from './servers/start.ts';
import { storedBytesRows } from './stored-bytes.ts';
import { costRows } from './table/cost-rows.ts';
import { keepResult, keptRows, resultOf } from './table/kept.ts';
import { type Row, tableText } from './table/result-table.ts';

const SIDECARS = 4;
const SOAK_MS = 10 * 60 * 1000;

const { values: flags } = parseArgs({
  options: {
    ...{ quick: { type: 'boolean' }, million: { type: 'boolean' }, soak: { type: 'boolean' } },
    peers: { type: 'boolean' },
    ...{ json: { type: 'string' }, compare: { type: 'string' } },
  },
});
const kept = flags.compare === undefined ? [] : keptRows(flags.compare);
const plan = flags.quick
  ? {
      starts: 3,
      conversations: CONVERSATIONS.slice(0, 1),
      manySessions: 14_000,
      warmUpRequests: 4000,
      rounds: 4,
      requests: 2000,
      handoverRounds: 4,
      ...{ saturatingRequests: 4000, seconds: 3 },
    }
  : {
      starts: 7,
      conversations: CONVERSATIONS,
      manySessions: flags.million ? 1_000_000 : 100_000,
      warmUpRequests: 8000,
      rounds: 9,
      requests: 4000,
      handoverRounds: 20,
      ...{ saturatingRequests: 20_000, seconds: 30 },
    };

// Servers are killed when the process exits; a signal alone would not run the exit handlers.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const startedMs = performance.now();
/** What the image runs, whose costs and memory are measured. */
const bundle = mkdtempSync(join(tmpdir(), 'bench-bundle-'));
process.once('exit', () => rmSync(bundle, { recursive: true }));
await makeBundle(bundle);
const bundled = { main: join(bundle, 'main.cjs') };
const loadProcess = startLoadProcess();
const [main, few, many] = [await openPlace(), await openPlace(), await openPlace()];
// Its Redis is emptied before each round.
const talking = await openPlace();
const floor = await startFloor('http1', main.redis.port);
const grpcFloor = await startFloor('grpc', main.redis.port);
const grpcJs = await startFloor('grpc-js', main.redis.port);
const talkingFloor = await startFloor('http1', talking.redis.port);
try {
  const starting = await startingRows(main.redis, { ...plan, bundled });
  const conversations = await conversationRows();
  const cases = await prepareCases(
    { main, few, many },
    { floor, grpcFloor, grpcJs, manySessions: plan.manySessions, loadProcess },
  );
  const costs = await runRounds(cases, { plan, loadProcess });
  const latencies: Row[] = [];
  for (const [title, measured] of [
    ['a save', cases.webhookPersist],
    ['a restore of 1 kB', cases.restoreOf1Kb],
  ] as const)
    latencies.push(...(await latencyRows(title, measured.load, { plan, loadProcess })));
  const peers = flags.peers ? await peerRows({ plan, loadProcess }) : [];
  const durabilities = await durabilityRows({ plan, loadProcess });
  const encryption = await encryptionRows({ plan, loadProcess });
  const stored = await storedBytesRows(main.redis);
  for (const endMs = performance.now() + SOAK_MS; flags.soak && performance.now() < endMs; ) {
    const numbers = { firstRequest: 0, requests: plan.requests };
    for (const load of cases.talkingPersist.work(numbers).loads) await loadProcess.run(load);
  }
  const rows = [
    ...conversations,
    ...costRows(costs, plan.manySessions),
    ...latencies,
    ...peers,
    ...durabilities,
    ...encryption,
    ...stored,
    await handoverRow(),
    ...starting,
    memoryRow('bundle, after load', [main.service.residentBytes()], 140),
  ];
  if (flags.json !== undefined) keepResult(flags.json, resultOf(rows));
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  process.stdout.write(
    `${tableText(rows, kept)}\n\n` +
      `Medians of ${plan.rounds} rounds, with the lowest and the highest.\n` +
      `Node ${process.version}, ${plan.requests} requests a round, ${seconds} s in all.\n`,
  );
} finally {
  const servers = [
    ...[floor, grpcFloor, grpcJs, talkingFloor],
    ...[main, few, many, talking].flatMap(({ service, redis }) => [service, redis]),
  ];
  await Promise.all(servers.map((server) => server.stop()));
  loadProcess.stop();
}

async function openPlace(): Promise<Place> {
  const redis = await startRedisServer();
  return { redis, service: await startService(redis, bundled) };
}

async function conversationRows() {
  const { redis, service } = talking;
  const cases = plan.conversations.flatMap((conversation): [string, Case][] => [
    [`service ${titleOf(conversation)}`, withService(service, conversation, redis)],
    [
      `floor ${titleOf(conversation)}`,
      withFloor(talkingFloor, conversation, { redis, loadProcess }),
    ],
  ]);
  const costs = await runRounds(Object.fromEntries(cases), { plan, loadProcess });
  const of = (name: string) => costs[name] as Cost[];
  return plan.conversations.map((conversation, place) =>
    conversationRow(
      conversation,
      {
        service: of(`service ${titleOf(conversation)}`),
        floor: of(`floor ${titleOf(conversation)}`),
      },
      place === 0 ? { atLeast: 0.5 } : {},
    ),
  );
}

/** Uses sidecars of its own, which share one Redis. */
async function handoverRow() {
  const sidecars = await Promise.all(
    Array.from({ length: SIDECARS }, () => startService(main.redis)),
  );
  try {
    return await lockHandoverRow(sidecars, { rounds: plan.handoverRounds });
  } finally {
    await Promise.all(sidecars.map((sidecar) => sidecar.stop()));
  }
}
