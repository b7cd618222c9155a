// Which faults strike in which order, from a seed.

import { createHash } from 'node:crypto';
import { createRandom, type Random } from '../../model/random.ts';
import { FAULTS, faultNamed } from '../faults/all-faults.ts';
import type { Fault } from '../faults/fault.ts';
import type { WorldKind } from '../world/world.ts';
import type { Round } from './run-round.ts';

/** Needs servers whose clocks can be set. */
const CLOCKS = 'set-clock-of-store';

/** Faults that strike together, in addition to each by itself. */
const TOGETHER = [
  'kill-sidecar+kill-master',
  'pause-sidecar+plan-failover',
  'slow-store+kill-master',
  'drop-replies+kill-sidecar',
  'flush-scripts+drop-replies',
  'kill-sidecar+migrate-slot',
  'cut-sidecar-from-master+plan-failover',
  'pause-replica+hold-replies',
  'fill-spool-disk+pause-master',
];

export type ScheduleOptions = {
  kind: WorldKind;
  seed: number;
  only: readonly string[] | undefined;
  /** Of each fault. */
  rounds: number;
  /** How many failovers there are to be at least. */
  deaths: number;
  /** Whether the clocks of the servers can be set. */
  hasClocks: boolean;
  /** Of the sidecars. */
  settings: Readonly<Record<string, string>>;
};

/** Says nothing while the store is there. */
const ONLY_TOGETHER = ['fill-spool-disk'];

export function scheduleOf({
  kind,
  seed,
  only,
  rounds,
  deaths,
  hasClocks,
  settings,
}: ScheduleOptions): Round[] {
  const random = createRandom(seed);
  const names = only ?? [
    ...FAULTS.map(({ name }) => name).filter(
      (name) => (hasClocks || name !== CLOCKS) && !ONLY_TOGETHER.includes(name),
    ),
    ...TOGETHER.filter((name) =>
      name.split('+').every((each) => missingOf(each, settings).length === 0),
    ),
  ];
  for (const name of only?.flatMap((each) => each.split('+')) ?? []) {
    const missing = missingOf(name, settings);
    if (missing.length > 0) throw new Error(`${name} needs ${missing.join(' and ')}: --set`);
  }
  const possible = names
    .map((name) => name.split('+').map(faultNamed))
    .filter((faults) => faults.every(({ worlds }) => worlds.includes(kind)));
  const chosen = Array.from({ length: rounds }, () => shuffled(possible, random)).flat();
  const deadly = possible.filter((faults) => failoversOf(faults) > 0);
  const count = () => chosen.reduce((total, faults) => total + failoversOf(faults), 0);
  while (deadly.length > 0 && count() < deaths) chosen.push(random.pick(deadly));
  const times = new Map<string, number>();
  return chosen.map((faults, number) => {
    const name = faults.map((fault) => fault.name).join('+');
    times.set(name, (times.get(name) ?? 0) + 1);
    return { number, faults, seed: seedOf(`${seed} ${kind} ${name} ${times.get(name)}`) };
  });
}

/** The settings that a fault needs and the sidecars do not have. */
function missingOf(name: string, settings: ScheduleOptions['settings']): string[] {
  return Object.entries(faultNamed(name).needs ?? {}).flatMap(([setting, value]) =>
    settings[setting] === value ? [] : [`${setting}=${value}`],
  );
}

/** A round has the same seed whether or not others are in the schedule. */
function seedOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE() >>> 1;
}

function shuffled(list: readonly Fault[][], random: Random): Fault[][] {
  const left = [...list];
  const result: Fault[][] = [];
  while (left.length > 0) result.push(...left.splice(random.below(left.length), 1));
  return result;
}

/** How many masters die by these faults or are replaced. */
export function failoversOf(faults: readonly Fault[]): number {
  return faults.reduce((total, { failovers = 0 }) => total + failovers, 0);
}
