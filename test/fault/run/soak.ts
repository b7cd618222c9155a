// Minutes of mixed load without faults, but with connections that break, sessions that end and
// compactions: memory, open handles and the delay of the event loop must not grow.

import { readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { checkRound } from '../check/check-round.ts';
import { startLoad } from '../load/start-load.ts';
import type { Sidecar } from '../world/sidecar.ts';
import type { World } from '../world/world.ts';

/** The life of a session during a soak: longer than its round, shorter than the soak. */
export const SOAK_TTL = '90s';
const ROUND_MS = 45_000;
const SAMPLE_MS = 5000;
const MIB = 2 ** 20;
/** What may be more at the end than at the beginning: garbage, and what is compiled late. */
const MEMORY_GROWTH_MAX = 1.2;
const HANDLES_MORE_MAX = 10;
/** Of the event loop's delay, ms: what another process on the machine may cause. */
const DELAY_MORE_MAX_MS = 50;

/** One look at a sidecar. */
type Sample = { atMs: number; rssMiB: number; heapMiB: number; handles: number; loopP99Ms: number };

export type SoakResult = {
  minutes: number;
  updates: number;
  /** Samples of each sidecar. */
  samples: Record<string, Sample[]>;
  /** What grew or was not as it must be, in words. */
  faults: string[];
};

export async function soak(
  world: World,
  { minutes, seed, durabilities }: { minutes: number; seed: number; durabilities: string[] },
): Promise<SoakResult> {
  const result: SoakResult = { minutes, updates: 0, samples: {}, faults: [] };
  const endMs = performance.now() + minutes * 60_000;
  for (let round = 0; performance.now() < endMs; round++) {
    const load = startLoad(world, { name: `soak-${round}-${seed}`, seed: seed + round });
    const roundEndMs = Math.min(endMs, performance.now() + ROUND_MS);
    while (performance.now() < roundEndMs) {
      await pause(SAMPLE_MS);
      await breakConnections(world);
      for (const sidecar of world.sidecars) await note(sidecar, result.samples);
    }
    await load.stop();
    const findings = await checkRound(world, load, durabilities);
    for (const [kind, found] of Object.entries(findings))
      result.faults.push(...found.map((each) => `${kind}: ${each}`));
    result.updates += load.ledger.updates.length;
  }
  for (const [name, samples] of Object.entries(result.samples))
    result.faults.push(...growthOf(samples).map((each) => `${name}: ${each}`));
  return result;
}

async function breakConnections(world: World): Promise<void> {
  for (const shard of world.shards) {
    const { client } = await shard.master();
    await client.call('CLIENT', ['KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
  }
}

async function note(sidecar: Sidecar, samples: SoakResult['samples']): Promise<void> {
  const metric = await sidecar.metrics();
  const before = samples[sidecar.name] ?? [];
  samples[sidecar.name] = before;
  before.push({
    atMs: Math.round(performance.now()),
    rssMiB: metric('cognigy_session_process_resident_memory_bytes') / MIB,
    heapMiB: metric('cognigy_session_nodejs_heap_size_used_bytes') / MIB,
    handles: readdirSync(`/proc/${sidecar.pid()}/fd`).length,
    loopP99Ms: 1000 * metric('cognigy_session_nodejs_eventloop_lag_p99_seconds'),
  });
}

/** Compares the second fifth with the last one: by then everything has been compiled. */
export function growthOf(samples: readonly Sample[]): string[] {
  const fifth = Math.max(1, Math.floor(samples.length / 5));
  const [early, late] = [samples.slice(fifth, 2 * fifth), samples.slice(-fifth)];
  const grown: string[] = [];
  const compare = (name: keyof Sample, limit: (before: number) => number) => {
    const [before, after] = [early, late].map((part) => median(part.map((each) => each[name])));
    if (before === undefined || after === undefined || after <= limit(before)) return;
    grown.push(`${name} grew from ${before.toFixed(1)} to ${after.toFixed(1)}`);
  };
  compare('rssMiB', (before) => before * MEMORY_GROWTH_MAX);
  compare('heapMiB', (before) => before * MEMORY_GROWTH_MAX + 10);
  compare('handles', (before) => before + HANDLES_MORE_MAX);
  compare('loopP99Ms', (before) => before + DELAY_MORE_MAX_MS);
  return grown;
}

/** The figures of a soak as a table in Markdown. */
export function soakTable({ samples, minutes, updates }: SoakResult): string {
  const rows = Object.entries(samples).map(([name, all]) => {
    const fifth = Math.max(1, Math.floor(all.length / 5));
    const cell = (key: keyof Sample) =>
      [all.slice(fifth, 2 * fifth), all.slice(-fifth)]
        .map((part) => median(part.map((each) => each[key])).toFixed(1))
        .join(' → ');
    const cells = (['rssMiB', 'heapMiB', 'handles', 'loopP99Ms'] as const).map(cell);
    return `| ${[name, ...cells].join(' | ')} |`;
  });
  return [
    `${minutes} minutes, ${updates} updates:`,
    '',
    '| sidecar | RSS, MiB | heap, MiB | open files | event loop p99, ms |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
