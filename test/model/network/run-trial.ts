// One trial: a session, two masters, three sidecars near and far, callers who save, erase and lock,
// and faults.

import type { Random } from '../random.ts';
import type { Faults } from './faults.ts';
import { type Broken, createJudge } from './judge.ts';
import type { ModelStore, Write } from './modelled-store.ts';
import type { Rules } from './rules.ts';
import { type ConnectionFault, createConnections } from './simulated-connections.ts';
import { createMachine } from './simulated-machine.ts';
import { createNetwork, type Placement, type Server } from './simulated-network.ts';
import {
  type Asked,
  type AskSidecar,
  createSimulatedSidecar,
  type Request,
} from './simulated-sidecar.ts';
import { createClock, createTimeline, type Pause } from './simulated-time.ts';

/** Faults and callers act in this time; afterwards everything runs out. */
const BUSY_MS = 7000;
const OPERATIONS = 25;
/** One way, in milliseconds: three sidecars. */
const ONE_WAYS_MS = [0.1, 0.1, 10];
const DRIFT_PPM = 200;
/** Far ahead: a real Redis that keeps the session must not think that it is over. */
const UNIX_MS = 4_000_000_000_000;

export type Trial = {
  random: Random;
  rules: Rules;
  faults: Faults;
  store: ModelStore;
  name: string;
};

type Sidecar = { ask: AskSidecar; hurt(fault: ConnectionFault, forMs: number): void };

/** Runs a trial to its end; answers what was broken, how many operations callers asked for, and
 * what they were answered. */
export async function runTrial({ random, rules, faults, store, name }: Trial): Promise<{
  broken: Broken;
  operations: number;
  answers: Record<string, number>;
}> {
  const timeline = createTimeline();
  const judge = createJudge(timeline.nowMs);
  const answers: Record<string, number> = {};
  let operations = 0;
  const skewMs = random.pick(faults.moves ?? [0]);
  const serverPpm = somePpm();
  // Masters whose clocks do not drift apart, but for a skew that is wanted.
  const servers = [serverOf(0), serverOf(skewMs)] as const;
  const placement: Placement = { owner: 0, keyAt: 0 };
  const { nowMs } = timeline;
  const network = createNetwork({
    ...{ timeline, random, faults, servers, placement, store },
    onExecuted: (write, executed) => judge.executed(write, executed),
  });
  const sidecars = ONE_WAYS_MS.map(sidecarOf);
  const updateIds: string[] = [];
  const isAboutLocks = random.chance(0.3);
  let named = 0;

  hurt();
  for (let operation = 0; operation < OPERATIONS; operation++)
    timeline.at(random.below(BUSY_MS), () => act());
  await timeline.run();
  return { broken: judge.broken, operations, answers };

  /** Updates and locks gather around erases, where it matters who came first. */
  function act(sidecar = anySidecar()): void {
    const kind = random.below(isAboutLocks ? 400 : 100);
    if (kind < 40) save(sidecar);
    else if (kind < 55) repeat(sidecar);
    else if (kind < 80) eraseAndSave(sidecar);
    else lockAndRelease(sidecar);
  }

  function save(sidecar: Sidecar, lockToken = ''): void {
    const updateId = newName('update');
    updateIds.push(updateId);
    ask(sidecar, { kind: 'append', updateId, lockToken });
  }

  /** A caller sends its update again. */
  function repeat(sidecar: Sidecar): void {
    const updateId = random.pick(updateIds.slice(-4));
    if (updateId === undefined) save(sidecar);
    else ask(sidecar, { kind: 'append', updateId, lockToken: '' });
  }

  /** An erase, with updates right before it, while it is on its way, and right after its answer. */
  function eraseAndSave(sidecar: Sidecar): void {
    if (random.chance(0.5)) save(sidecar);
    timeline.at(nowMs() + random.below(3000) / 1000, () =>
      ask(anySidecar(), { kind: 'erase', eraseId: newName('erase') }, (answer) => {
        if (answer !== 'erased') return;
        for (let after = 0; after < 2; after++)
          timeline.at(nowMs() + random.below(800) / 1000, () => save(anySidecar()));
      }),
    );
    if (random.chance(0.5)) timeline.at(nowMs() + random.below(30), () => save(anySidecar()));
  }

  /** A lock that is given back, or runs out; sometimes its caller writes under it. */
  function lockAndRelease(sidecar: Sidecar): void {
    const token = newName('token');
    const ttlMs = random.pick([100, 300, 2000]);
    ask(sidecar, { kind: 'lock', token, ttlMs }, (answer) => {
      const unlock = () => ask(anySidecar(), { kind: 'unlock', token });
      if (answer !== 'held') return answer === 'unknown' ? unlock() : undefined;
      if (random.chance(0.5)) save(anySidecar(), token);
      if (random.chance(0.8)) timeline.at(nowMs() + random.below(300), unlock);
    });
  }

  function ask(sidecar: Sidecar, asked: Asked, then: (answer: string) => void = () => {}): void {
    operations += 1;
    let made: Request | undefined;
    const onMade = (request: Request) => {
      made = request;
      judge.made(request);
    };
    const onAnswer = (answer: string) => {
      answers[`${asked.kind} ${answer}`] = (answers[`${asked.kind} ${answer}`] ?? 0) + 1;
      judge.answered(made as Request, answer as never);
      then(answer);
    };
    sidecar.ask(asked, onAnswer, { onMade });
  }

  function hurt(): void {
    const connectionFaults = [
      ...(faults.holds ? (['hold'] as const) : []),
      ...(faults.closes ? (['close'] as const) : []),
      ...(faults.holds && faults.closes ? (['hold and close'] as const) : []),
      ...(faults.repliesLost ? (['lose replies'] as const) : []),
    ];
    for (let fault = 0; connectionFaults.length > 0 && fault < 12; fault++) {
      const kind = random.pick(connectionFaults);
      const forMs = random.pick([random.below(300), 300 + random.below(3700)]);
      timeline.at(random.below(BUSY_MS), () => {
        const sidecar = anySidecar();
        sidecar.hurt(kind, forMs);
        if (random.chance(0.3)) timeline.at(nowMs() + random.below(50), () => act(sidecar));
      });
    }
    for (let move = 0; faults.moves && move < 3; move++) {
      const startsMs = random.below(BUSY_MS);
      timeline.at(startsMs, () => {
        placement.keyAt = placement.owner === 0 ? 1 : 0;
        timeline.at(nowMs() + random.below(500), () => {
          placement.owner = placement.keyAt;
        });
      });
    }
  }

  function serverOf(skewedMs: number): Server {
    const frozen = faults.serverFrozen ? somePauses(2, 4000) : [];
    const steps = faults.serverSteps
      ? [1, 2].map(() => ({
          atMs: random.below(BUSY_MS),
          byMs: random.pick(faults.serverSteps ?? [0]),
        }))
      : [];
    const clock = createClock({
      baseMs: UNIX_MS + skewedMs,
      ppm: serverPpm,
      steps,
      pauses: frozen,
    });
    return { clock, stops: faults.serverStopped ? somePauses(2, 4000) : frozen };
  }

  function sidecarOf(oneWayMs: number): Sidecar {
    const suspensions = faults.sidecarSuspended ? somePauses(1, 5000) : [];
    const linkDown = faults.linkDown ? [pauseOf(4000)] : [];
    const clock = createClock({ baseMs: random.below(1e6), ppm: somePpm(), pauses: suspensions });
    const machine = createMachine({ timeline, random, clock, suspensions });
    const { widens } = rules;
    const endsMs = BUSY_MS + 10_000;
    const connections = createConnections({ machine, network, linkDown, oneWayMs, widens, endsMs });
    const onWrite = (write: Write, request: Request) => judge.sent(write, request);
    return {
      ask: createSimulatedSidecar({ machine, connections, rules, onWrite }),
      hurt: connections.hurt,
    };
  }

  function somePpm(): number {
    return random.below(2 * DRIFT_PPM + 1) - DRIFT_PPM;
  }

  function somePauses(most: number, longestMs: number): Pause[] {
    const pauses = Array.from({ length: 1 + random.below(most) }, () =>
      pauseOf(random.below(longestMs)),
    );
    pauses.sort((a, b) => a.fromMs - b.fromMs);
    return pauses.filter(({ fromMs }, place) => fromMs > (pauses[place - 1]?.untilMs ?? -1));
  }

  function pauseOf(forMs: number): Pause {
    const fromMs = random.below(BUSY_MS);
    return { fromMs, untilMs: fromMs + forMs };
  }

  function anySidecar(): Sidecar {
    return random.pick(sidecars);
  }

  function newName(kind: string): string {
    return `${kind}-${name}-${named++}`.padEnd(22, '_');
  }
}
