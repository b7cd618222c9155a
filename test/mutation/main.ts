// npm run test:mutation: plants small bugs, one at a time, and counts how many the tests find.
//
//   --target NAMES  only these of targets.ts, separated by commas
//   --file TEXT     only files with this in their path
//   --sample N      so many bugs of each file at most (3); 0: all
//   --at-once N     bugs that are tried at a time (2)
//   --minutes N     begins no further one after so long (30)
//   --at-least N    the share of bugs, in percent, that must be found (85)
//
// What survives is printed: a test is missing there, or the bug changes nothing that matters.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { HARMLESS } from './harmless.ts';
import { type Mutant, mutantsOf } from './mutants.ts';
import { createScratchTree, type ScratchTree } from './scratch-tree.ts';
import { TARGETS, type Target } from './targets.ts';

const { values: flags } = parseArgs({
  options: {
    target: { type: 'string' },
    file: { type: 'string', default: '' },
    sample: { type: 'string', default: '3' },
    'at-once': { type: 'string', default: '2' },
    minutes: { type: 'string', default: '30' },
    'at-least': { type: 'string', default: '85' },
  },
});

/** A bug that makes tests wait is found when they take so much longer than usual. */
const LATE_FACTOR = 4;
const LATE_AT_LEAST_MS = 30_000;

type Planted = { target: Target; file: string; mutant: Mutant };
type Score = { found: number; planted: number };

const say = (line: string) => process.stdout.write(`${line}\n`);
const endMs = performance.now() + Number(flags.minutes) * 60_000;
const names = flags.target?.split(',') ?? TARGETS.map(({ name }) => name);
const planned = TARGETS.filter(({ name }) => names.includes(name)).flatMap(plannedFor);
const trees = Array.from({ length: Number(flags['at-once']) }, createScratchTree);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
process.once('exit', () => {
  for (const tree of trees) tree.remove();
});

const usualMs = new Map<string, number>();
for (const { tests } of new Set(planned.map(({ target }) => target))) {
  for (const pattern of tests) await timeUsual(trees[0] as ScratchTree, pattern);
}
const scores = new Map<string, Score>();
let left = 0;
await Promise.all(trees.map(work));

const total = { found: 0, planted: 0 };
say('| target | planted | found | score |\n| --- | --- | --- | --- |');
for (const [name, score] of scores) {
  total.found += score.found;
  total.planted += score.planted;
  say(rowOf(name, score));
}
say(rowOf('all', total));
if (left > 0) say(`${left} were not tried for lack of time`);
process.exit(shareOf(total) >= Number(flags['at-least']) ? 0 : 1);

function plannedFor(target: Target): Planted[] {
  return target.files
    .filter((file) => file.includes(flags.file))
    .flatMap((file) => {
      const language = file.endsWith('.lua') ? 'lua' : 'ts';
      const mutants = mutantsOf(readFileSync(file, 'utf8'), language).filter(
        ({ after }) => !HARMLESS.some((each) => each.file === file && each.after === after),
      );
      const count = Number(flags.sample) || mutants.length;
      return mutants.slice(0, count).map((mutant) => ({ target, file, mutant }));
    });
}

/** Tests that fail without a bug find none. */
async function timeUsual(tree: ScratchTree, pattern: string): Promise<void> {
  const startedMs = performance.now();
  const outcome = await tree.run(pattern, 10 * 60_000);
  if (outcome !== 'passed') throw new Error(`${pattern}: ${outcome} without a planted bug`);
  usualMs.set(pattern, performance.now() - startedMs);
}

async function work(tree: ScratchTree): Promise<void> {
  for (let next = planned.shift(); next !== undefined; next = planned.shift()) {
    if (performance.now() > endMs) {
      left += 1;
      continue;
    }
    const isFound = await finds(tree, next);
    const score = scores.get(next.target.name) ?? { found: 0, planted: 0 };
    scores.set(next.target.name, score);
    score.planted += 1;
    if (isFound) score.found += 1;
    else say(survivorOf(next));
  }
}

async function finds(tree: ScratchTree, { target, file, mutant }: Planted): Promise<boolean> {
  tree.write(file, mutant.text);
  try {
    for (const pattern of target.tests) {
      const lateMs = Math.max(LATE_AT_LEAST_MS, LATE_FACTOR * (usualMs.get(pattern) ?? 0));
      if ((await tree.run(pattern, lateMs)) !== 'passed') return true;
    }
    return false;
  } finally {
    tree.write(file, readFileSync(file, 'utf8'));
  }
}

function survivorOf({ file, mutant: { line, operator, before, after } }: Planted): string {
  return `survived: ${file}:${line} (${operator})\n  - ${before}\n  + ${after}`;
}

function shareOf({ found, planted }: Score): number {
  return planted === 0 ? 0 : (100 * found) / planted;
}

function rowOf(name: string, score: Score): string {
  return `| ${name} | ${score.planted} | ${score.found} | ${shareOf(score).toFixed(0)} % |`;
}
