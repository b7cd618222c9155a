// npm run bench:rules: what whole conversations cost under other rules of compaction, against the
// one of src/service/compacting/compaction-due.ts; or with other checkouts, against this one. Every
// conversation runs with each of them in each round.
//
//   --rule BYTES:TIMES   compaction at a multiple of BYTES, or of TIMES the snapshot, whichever is
//                        more; may be repeated
//   --rule FILE          a file that can take the place of compaction-due.ts
//   --checkout FOLDER    another checkout, with its node_modules
//   --conversation SAVES:BYTES   instead of nine of them; may be repeated
//   --rounds N           default 5
//   --json FILE          keeps the result

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { startRedisServer } from '../../test/support/redis-server.ts';
import { startLoadProcess } from '../load/load.ts';
import { type Case, type Cost, runRounds } from '../rounds.ts';
import { startService } from '../servers/start.ts';
import { keepResult, resultOf } from '../table/kept.ts';
import { median, type Row, rowOf, tableText } from '../table/result-table.ts';
import { withService } from './cases.ts';
import { titleOf } from './rows.ts';
import { copyWithRule, ruleText } from './rule-copy.ts';
import type { Conversation } from './turns.ts';

const DEFAULT_RULES = ['4096:1', '8192:1', '32768:1', '65536:1', '8192:2', '16384:2', '16384:4'];
const DEFAULT_CONVERSATIONS = [3, 20, 100].flatMap((saves) =>
  [200, 1000, 20_000].map((bytes) => `${saves}:${bytes}`),
);
/** So many saves for each restore. */
const RESTORED_EVERY = 10;

const { values: flags } = parseArgs({
  options: {
    rule: { type: 'string', multiple: true },
    checkout: { type: 'string', multiple: true, default: [] },
    conversation: { type: 'string', multiple: true, default: DEFAULT_CONVERSATIONS },
    ...{ rounds: { type: 'string', default: '5' }, json: { type: 'string' } },
  },
});
const rules = flags.rule ?? (flags.checkout.length > 0 ? [] : DEFAULT_RULES);
const plan = { warmUpRequests: 2000, rounds: Number(flags.rounds), requests: 2000 };

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const THIS = 'as it is';
const redis = await startRedisServer();
const loadProcess = startLoadProcess();
const copies = rules.map((rule) => ({
  name: rule,
  ...copyWithRule(/^\d+:[\d.]+$/.test(rule) ? ruleText(rule) : readFileSync(rule, 'utf8')),
}));
const roots = [
  { name: THIS },
  ...copies,
  ...flags.checkout.map((root) => ({ name: basename(root), root })),
];
const variants = await Promise.all(
  roots.map(async ({ name, ...at }) => ({ name, service: await startService(redis, at) })),
);
try {
  const rows: Row[] = [];
  for (const conversation of flags.conversation.map(conversationFrom))
    rows.push(...(await compare(conversation)));
  if (flags.json !== undefined) keepResult(flags.json, resultOf(rows));
  process.stdout.write(
    `${tableText(rows)}\n\nCPU time of a conversation, of the service and Redis together, ` +
      `as a multiple of what it is with this checkout; medians of ${plan.rounds} rounds.\n`,
  );
} finally {
  await Promise.all([redis, ...variants.map(({ service }) => service)].map((each) => each.stop()));
  loadProcess.stop();
}

/** The conversation of `SAVES:BYTES`. */
function conversationFrom(text: string): Conversation {
  const [saves = 1, saveBytes = 1] = text.split(':').map(Number);
  return { saves, saveBytes, restores: Math.max(1, Math.floor(saves / RESTORED_EVERY)) };
}

async function compare(conversation: Conversation): Promise<Row[]> {
  const cases = variants.map(({ name, service }): [string, Case] => [
    name,
    withService(service, conversation, redis),
  ]);
  const costs = await runRounds(Object.fromEntries(cases), { plan, loadProcess });
  const all = ({ serverUs, redisUs }: Cost) => serverUs + redisUs;
  const ours = costs[THIS] ?? [];
  return Object.entries(costs).map(([name, each]) => {
    const middle = (of: keyof Cost) => median(each.map((cost) => cost[of]));
    const note = [
      `${(middle('serverUs') / 1000).toFixed(2)} ms`,
      `Redis ${(middle('redisUs') / 1000).toFixed(2)} ms`,
      `${middle('scripts').toFixed(1)} round trips`,
      `${middle('redisBytes').toFixed(0)} bytes left`,
    ].join(', ');
    const multiples = each.map((cost, round) => all(cost) / all(ours[round] as Cost));
    return rowOf(`${titleOf(conversation)}: ${name}`, multiples, { unit: 'x', note });
  });
}
