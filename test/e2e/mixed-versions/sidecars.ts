// Several processes of the service on one store, of one version or another, which are replaced
// while they are used.

import { type RunningProcess, startProcess } from '../../main/running-process.ts';
import type { Random } from '../../model/random.ts';
import { SECRET } from '../../support/running-app.ts';
import { until } from '../../support/until.ts';

export type Version = {
  name: string;
  /** Its src/main.ts; this version's if it is not given. */
  main?: string;
  nodeArguments?: string[];
  environment: Record<string, string>;
};

/** A process that takes requests. */
export type Sidecar = { version: Version; webhook: string; rpc: string };

export type Sidecars = {
  /** Those that are up. */
  up(): Sidecar[];
  /** Replaces one by the other version, which may be down in between. */
  change(place: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
};

/** A process that starts while others are busy takes its time. */
export const START_MAX_MS = 120_000;

type Place = { version: number; process: RunningProcess; sidecar: Sidecar | undefined };

/** Starts a process for each of `first`, the places of its version in `versions`. They end with
 * the test. */
export async function startSidecars({
  versions,
  first,
  environment,
  folder,
}: {
  versions: readonly [Version, Version];
  first: readonly number[];
  environment: Record<string, string>;
  /** Where they run, all of them; by default each in a folder of its own. */
  folder?: string;
}): Promise<Sidecars> {
  const places = await Promise.all(first.map(start));
  return {
    up: () => places.flatMap(({ sidecar }) => sidecar ?? []),
    async change(place, signal) {
      const { version, process } = places[place] as Place;
      (places[place] as Place).sidecar = undefined;
      process.child.kill(signal);
      await process.exited;
      places[place] = await start(1 - version);
    },
  };

  async function start(place: number): Promise<Place> {
    const version = versions[place] as Version;
    const process = startProcess(
      { COGNIGY_WEBHOOK_SECRET: SECRET, ...environment, ...version.environment },
      {
        nodeArguments: version.nodeArguments ?? [],
        ...(version.main && { main: version.main }),
        ...(folder && { folder }),
      },
    );
    const ended = process.exited.then((code) => {
      throw new Error(`${version.name} ended with ${code}: ${process.stderr()}`);
    });
    const { webhook, rpc } = await Promise.race([untilUp(version, process), ended]);
    return {
      version: place,
      process,
      sidecar: { version, webhook: `http://${webhook}`, rpc: `http://${rpc}` },
    };
  }
}

/** The addresses of a process, once it is up. */
function untilUp({ name }: Version, process: RunningProcess): Promise<Record<string, unknown>> {
  const line = () => process.log().find(({ message }) => message === 'the service is up');
  return until(`${name} to be up`, line, START_MAX_MS);
}

/** An answer, and how often it was asked for. */
// biome-ignore lint/suspicious/noExplicitAny: answers have every shape.
export type Answer = { status: number; body: any; attempts: number; by: string };

/** A session that is blocked for longer than the lock of a killed process may stand is blocked. */
const PATIENCE_MS = 20_000;

/** Sends one request to any of the processes, and again to any where that one ended or could not
 * answer. */
export async function send(
  sidecars: Sidecars,
  random: Random,
  request: { path: string; body: object; isRpc?: boolean },
): Promise<Answer> {
  let attempts = 0;
  for (;;) {
    await until('a process', () => sidecars.up().length > 0 || undefined, START_MAX_MS);
    const answer = await until(`an answer of ${request.path}`, attempt, PATIENCE_MS);
    if (answer !== 'none is up') return answer;
  }

  async function attempt(): Promise<Answer | 'none is up' | undefined> {
    const up = sidecars.up();
    if (up.length === 0) return 'none is up';
    const { version, webhook, rpc } = random.pick(up);
    attempts += 1;
    const response = await fetch(`${request.isRpc ? rpc : webhook}${request.path}`, {
      method: 'POST',
      headers: { 'x-api-key': SECRET, 'content-type': 'application/json' },
      body: JSON.stringify(request.body),
      signal: AbortSignal.timeout(5000),
    });
    const body = (await response.json()) as Answer['body'];
    // The process ends, or waits for the store, or one that was killed had just taken the lock:
    // not yet an answer.
    const isPassing =
      ['locked', 'outcome_unknown'].includes(body.reason) || body.code === 'already_exists';
    if (response.status === 503 || isPassing) return undefined;
    return { status: response.status, body, attempts, by: version.name };
  }
}
