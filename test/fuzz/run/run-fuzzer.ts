// Attacks the service with the inputs of a run, several at once, and gathers what is wrong.

import type { Target } from '../input.ts';
import { inputOf, type NumberedInput } from '../kinds.ts';
import type { FuzzedService } from './fuzzed-service.ts';
import { HELD_MAX_MS, heldMs, watchEventLoop } from './held-event-loop.ts';
import { Lane } from './lane.ts';
import { faultOf, type Outcome } from './outcome.ts';
import { printedAnswer, printedInput } from './printed-input.ts';
import { Report } from './report.ts';
import type { FuzzSettings } from './settings.ts';
import type { WatchedSessions } from './watched-sessions.ts';

const LANES = 16;
/** Faults after which a run ends: more of them say nothing new. */
const FAULTS_MAX = 20;
/** Inputs that are sent again alone to see whether they hold the event loop. */
const SUSPECTS_MAX = 1_000;
/** Inputs that may have caused what happens a moment later. */
const RECENT = 2 * LANES;
/** Inputs that a fault names, since they came before on connections that may be the same. */
const BEFORE_SHOWN = 12;

export type Attack = {
  service: FuzzedService;
  watched: WatchedSessions;
  settings: FuzzSettings;
  target: Target;
};
export type Result = {
  report: Report;
  /** What is wrong, each with the input that it came of. */
  faults: string[];
};

/** Sends all inputs; resolves with what came of them once all are answered. */
export async function runFuzzer({ service, watched, settings, target }: Attack): Promise<Result> {
  const report = new Report();
  const faults: string[] = [];
  const underWay = new Set<NumberedInput>();
  const recent: NumberedInput[] = [];
  /** Numbers of inputs that were under way when the event loop was held. */
  const suspects = new Set<number>();
  const numbers = numbersOf(settings);
  const lanes = Array.from(
    { length: settings.only ? 1 : LANES },
    () => new Lane(service.ports, watched.markers),
  );

  const note = (numbered: NumberedInput, outcome: Outcome, before: readonly number[]) => {
    report.add(numbered, outcome);
    const fault = outcome.fault ?? outcome.statuses.map(faultOf).find((each) => each !== undefined);
    if (fault === undefined) return;
    const behind = `  behind FUZZ_ONLY=${before.join(',')} of the same client`;
    faults.push([fault, printedInput(numbered), printedAnswer(outcome), behind].join('\n'));
  };
  const attack = async (lane: Lane) => {
    const before: number[] = [];
    for (const number of numbers) {
      if (faults.length >= FAULTS_MAX || service.end() !== undefined) return;
      const numbered = inputOf({ seed: settings.seed, target }, number);
      if (settings.kind !== undefined && numbered.kind !== settings.kind) continue;
      underWay.add(numbered);
      note(numbered, await lane.send(numbered.input), before);
      before.push(number);
      if (before.length > BEFORE_SHOWN) before.shift();
      underWay.delete(numbered);
      recent.push(numbered);
      if (recent.length > RECENT) recent.shift();
    }
  };

  let isOver = false;
  const watching = watchEventLoop(service, {
    isOver: () => isOver,
    onHeld() {
      for (const { number } of [...underWay, ...recent]) suspects.add(number);
    },
  });
  await Promise.all(lanes.map(attack));
  isOver = true;
  await watching;
  for (const lane of lanes) lane.close();
  if (service.end() === undefined) await watched.finish();
  if (service.end() !== undefined) {
    return {
      report,
      faults: [
        `the process ended with ${service.end()}: ${lastWords(service)}\n${recent.map(printedInput).join('\n')}`,
      ],
    };
  }
  for (const number of [...suspects].slice(0, SUSPECTS_MAX)) {
    const numbered = inputOf({ seed: settings.seed, target }, number);
    const lane = new Lane(service.ports, watched.markers);
    const ms = await heldMs(service, lane, numbered.input);
    lane.close();
    if (ms > HELD_MAX_MS) {
      faults.push(`the event loop is held for ${ms.toFixed(0)} ms\n${printedInput(numbered)}`);
    }
  }
  return { report, faults: [...faults, ...watched.faults] };
}

/** The end of what the process wrote, which says why it ended. */
function lastWords({ running }: FuzzedService): string {
  return running.stderr().slice(-2000);
}

function* numbersOf({ inputs, only }: FuzzSettings): Generator<number> {
  if (only) yield* only;
  else for (let number = 0; number < inputs; number++) yield number;
}
