// npm run test:fault: load, faults, and a check that nothing acknowledged was lost.
//
//   --seed N          repeats the schedule of a run; its order of events is that of the machine
//   --world NAMES     cluster, sentinel, sqlite; all of them by default
//   --fault NAMES     only these faults, separated by commas; joined by + they strike together
//   --rounds N        rounds of each fault (1)
//   --deaths N        adds failovers until so many masters have died or been replaced
//   --clocks          with faults of the servers' clocks, which need a C compiler
//   --minutes N       instead of faults, load for so long: memory, handles and the delay of the
//                     event loop must stay flat
//   --main FILE       the service to be tested: its src/main.ts, if it is not this one
//   --set NAME=VALUE  a setting of the sidecars; may be repeated
//   --json FILE       keeps the result
//
// The exit code is 0 if nothing was found that must not be.

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { checkOutReleased } from '../e2e/mixed-versions/released-version.ts';
import { durabilitiesOf, keepsUpdates } from './run/durabilities.ts';
import { forbiddenIn } from './run/forbidden.ts';
import { tableOf } from './run/report.ts';
import { type RoundResult, runRound } from './run/run-round.ts';
import { scheduleOf } from './run/schedule.ts';
import { SOAK_TTL, type SoakResult, soak, soakTable } from './run/soak.ts';
import { startWorld } from './run/start-world.ts';
import type { World, WorldKind } from './world/world.ts';

const SIDECARS = 3;
/** Of what a round found, on standard output; the file has all of it. */
const SHOWN_MAX = 10;

const { values: flags } = parseArgs({
  options: {
    seed: { type: 'string' },
    world: { type: 'string', default: 'cluster,sentinel,sqlite' },
    fault: { type: 'string' },
    rounds: { type: 'string', default: '1' },
    deaths: { type: 'string', default: '0' },
    set: { type: 'string', multiple: true, default: [] },
    clocks: { type: 'boolean', default: false },
    minutes: { type: 'string' },
    main: { type: 'string' },
    json: { type: 'string' },
  },
});
const seed = Number(flags.seed ?? Math.floor(Math.random() * 2 ** 31));
// Each server that is started listens for the end of this process.
process.setMaxListeners(0);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const say = (line: string) => process.stdout.write(`${line}\n`);
say(`fault workload: --seed ${seed}`);
const settings = Object.fromEntries(flags.set.map((each) => each.split(/=(.*)/s).slice(0, 2)));
const durabilities = durabilitiesOf(settings);
let released: ReturnType<typeof checkOutReleased> | undefined;
const former = () => {
  released ??= checkOutReleased();
  return released;
};
// However this process ends.
process.once('exit', () => released?.remove());

const results: RoundResult[] = [];
const soaks: SoakResult[] = [];
let forbidden = 0;
for (const kind of flags.world.split(',') as WorldKind[]) await runWorld(kind);
if (results.length > 0) say(tableOf(results));
for (const each of soaks) say(soakTable(each));
process.exitCode = forbidden === 0 ? 0 : 1;

async function runWorld(kind: WorldKind): Promise<void> {
  const rounds = scheduleOf({
    kind,
    seed,
    only: flags.fault?.split(','),
    rounds: Number(flags.rounds),
    deaths: Number(flags.deaths),
    hasClocks: flags.clocks,
    settings,
  });
  if (rounds.length === 0) return;
  let world = await start();
  try {
    if (flags.minutes) {
      const minutes = Number(flags.minutes);
      const result = await soak(world, { minutes, seed, durabilities });
      soaks.push(result);
      keep();
      report(result.faults);
      return;
    }
    for (const round of rounds) {
      const result = await runRound(world, round, { former, durabilities }).catch((error) => {
        report([`${round.faults.map(({ name }) => name).join(' + ')} did not end: ${error}`]);
      });
      if (result) {
        results.push(result);
        keep();
        say(lineOf(result));
        report(forbiddenIn(result, { keepsUpdates: keepsUpdates(settings) }));
      } else {
        await world.stop();
        world = await start();
      }
    }
  } finally {
    await world.stop();
  }

  function start(): Promise<World> {
    return startWorld(kind, {
      sidecars: SIDECARS,
      settings: flags.minutes ? { SESSION_TTL: SOAK_TTL, ...settings } : settings,
      main: flags.main,
      hasClocks: flags.clocks,
    });
  }
}

function keep(): void {
  if (flags.json !== undefined)
    writeFileSync(flags.json, JSON.stringify({ seed, settings, results, soaks }, null, 2));
}

function report(found: readonly string[]): void {
  forbidden += found.length;
  for (const each of found.slice(0, SHOWN_MAX)) say(`  MUST NOT BE: ${each}`);
  if (found.length > SHOWN_MAX) say(`  and ${found.length - SHOWN_MAX} more`);
}

function lineOf({
  isReplacedUnasked,
  world,
  faults,
  findings,
  acknowledged,
  unknown,
  longestGapMs,
  pace,
}: RoundResult): string {
  const found = Object.entries(findings)
    .filter(([, each]) => each.length > 0)
    .map(([name, each]) => `${name} ${each.length}`);
  return (
    `${world} ${faults.join(' + ')}: ${JSON.stringify(acknowledged)}, unknown ${unknown}, ` +
    `gap ${longestGapMs.toFixed(0)} ms${recoveriesOf(pace)}${found.length > 0 ? `; ${found.join(', ')}` : ''}` +
    (isReplacedUnasked ? '; a busy machine lost another master' : '')
  );
}

function recoveriesOf({ recoveries, slowness }: RoundResult['pace']): string {
  if (recoveries.length === 0) return '';
  const all = recoveries.map(
    ({ totalMs, afterPromotionMs }) =>
      `${totalMs.toFixed(0)} ms, ${afterPromotionMs.toFixed(0)} of them after the promotion`,
  );
  return `; recovered after ${all.join('; ')} (${slowness.toFixed(1)} processes a processor)`;
}
