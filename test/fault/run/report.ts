// The results of a run as a table in Markdown: one row for each fault and store.

import type { RoundResult } from './run-round.ts';

const COLUMNS = [
  'store',
  'fault',
  'rounds',
  'acknowledged',
  'refused',
  'unknown',
  'dropped',
  'lost',
  'of them replicated',
  'duplicated',
  'erased, back',
  'missed by the erase of a user',
  'held twice',
  'written without the lock',
  'wrong answers',
  'longest gap, ms',
  'of healthy shards',
];

export function tableOf(results: readonly RoundResult[]): string {
  const rows = Map.groupBy(results, ({ world, faults }) => `${world} ${faults.join(' + ')}`);
  const lines = [...rows.values()].map((rounds) => `| ${cellsOf(rounds).join(' | ')} |`);
  return [
    `| ${COLUMNS.join(' | ')} |`,
    `| ${COLUMNS.map(() => '---').join(' | ')} |`,
    ...lines,
    '',
  ].join('\n');
}

function cellsOf(rounds: readonly RoundResult[]): (string | number)[] {
  const [{ world, faults } = { world: '', faults: [] as string[] }] = rounds;
  const sum = (count: (round: RoundResult) => number) =>
    rounds.reduce((total, round) => total + count(round), 0);
  const levels = [...new Set(rounds.flatMap(({ acknowledged }) => Object.keys(acknowledged)))];
  const healthy = rounds.flatMap(({ healthyGapMs }) => healthyGapMs ?? []);
  return [
    world,
    faults.join(' + '),
    rounds.length,
    levels
      .map((level) => `${sum(({ acknowledged }) => acknowledged[level] ?? 0)} ${level}`)
      .join(', '),
    sum(({ refused }) => refused),
    sum(({ unknown }) => unknown),
    sum(({ dropped }) => dropped),
    sum(({ findings }) => findings.lost.length),
    sum(({ findings }) => findings.falselyReplicated.length),
    sum(({ findings }) => findings.duplicated.length),
    sum(({ findings }) => findings.returned.length),
    sum(({ findings }) => findings.missed.length),
    sum(({ findings }) => findings.heldTwice.length),
    sum(({ findings }) => findings.withoutLock.length),
    sum(
      ({ findings: { applied, miscounted, overtaken, durability, contradictions, staleReads } }) =>
        [applied, miscounted, overtaken, durability, contradictions, staleReads].flat().length,
    ),
    Math.round(Math.max(...rounds.map(({ longestGapMs }) => longestGapMs))),
    healthy.length === 0 ? '-' : Math.round(Math.max(...healthy)),
  ];
}
