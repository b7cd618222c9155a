// Callers of several processes who save and erase while a failover takes place, and what must be
// true afterwards.

import { post, type RunningApp } from '../support/running-app.ts';
import { until } from '../support/until.ts';

const SESSIONS = 24;
const WRITERS = 12;

type Mark = { sentMs: number; acknowledgedMs: number | undefined };

/** What was asked for one session. */
type Asked = { marks: Map<string, Mark>; erases: Mark[] };

export type Findings = {
  /** Updates that were acknowledged. */
  acknowledged: number;
  /** Of these, the ones that must be there, and are not. */
  lost: string[];
  /** Of these, the ones that an erase has removed, and that are there. */
  back: string[];
};

export type Load = {
  /** How many updates were acknowledged so far. */
  acknowledged(): number;
  /** Erases half of the sessions, which then get more updates. */
  eraseSome(): Promise<void>;
  /** Ends when all requests are answered. */
  stop(): Promise<void>;
  /** Compares what one process answers with what callers were told. */
  check(app: RunningApp): Promise<Findings>;
};

/** Within which a promoted master has everything again, and within which on a busy machine. */
const RESTORED_WITHIN_MS = 2000;
const RESTORED_IN_THE_END_MS = 5000;

/** What is found two seconds after a failover, or later if something is missing then. */
export async function checkRestored(
  load: Load,
  app: RunningApp,
  replacedMs: number,
): Promise<Findings> {
  const sinceMs = () => performance.now() - replacedMs;
  await until('two seconds', () => sinceMs() > RESTORED_WITHIN_MS || undefined);
  let findings = await load.check(app);
  while (findings.lost.length > 0 && sinceMs() < RESTORED_IN_THE_END_MS)
    findings = await load.check(app);
  return findings;
}

/** Starts callers, each of whom sends one update after the other through any of the processes. */
export function startLoad(apps: readonly RunningApp[], name: string): Load {
  const sessions = new Map<string, Asked>(
    Array.from({ length: SESSIONS }, (_, number) => [
      `${name}-${number}`,
      { marks: new Map(), erases: [] },
    ]),
  );
  let isStopped = false;
  let sent = 0;
  let acknowledged = 0;
  const appOf = (number: number) => apps[number % apps.length] as RunningApp;

  const save = async () => {
    const number = sent++;
    const [sessionId, asked] = [...sessions][number % SESSIONS] as [string, Asked];
    const mark: Mark = { sentMs: performance.now(), acknowledgedMs: undefined };
    asked.marks.set(`m${number}`, mark);
    const body = { sessionId, updateId: `u${number}`, variables: { [`m${number}`]: number } };
    const answer = await post(`${appOf(number)?.webhook}/webhook/cognigy/session`, body);
    if (answer.status !== 200 || answer.body.status !== 'accepted') return;
    mark.acknowledgedMs = performance.now();
    acknowledged += 1;
  };
  const writers = Array.from({ length: WRITERS }, async () => {
    while (!isStopped) await save();
  });

  return {
    acknowledged: () => acknowledged,
    async eraseSome() {
      const some = [...sessions].filter((_, number) => number % 2 === 0);
      await Promise.all(
        some.map(async ([sessionId, { erases }], number) => {
          const erase: Mark = { sentMs: performance.now(), acknowledgedMs: undefined };
          erases.push(erase);
          const url = `${appOf(number).webhook}/webhook/cognigy/delete`;
          if ((await post(url, { sessionId })).status === 200)
            erase.acknowledgedMs = performance.now();
        }),
      );
    },
    async stop() {
      isStopped = true;
      await Promise.all(writers);
    },
    async check(app) {
      const findings: Findings = { acknowledged, lost: [], back: [] };
      for (const [sessionId, { marks, erases }] of sessions) {
        const { body } = await post(`${app.webhook}/webhook/cognigy/restore`, { sessionId });
        const variables: Record<string, unknown> = body.variables ?? {};
        for (const [mark, { sentMs, acknowledgedMs = Number.POSITIVE_INFINITY }] of marks) {
          const isErased = erases.some(
            (erase) => erase.acknowledgedMs !== undefined && erase.sentMs > acknowledgedMs,
          );
          const mayBeErased = erases.some(
            (erase) => (erase.acknowledgedMs ?? Number.POSITIVE_INFINITY) >= sentMs,
          );
          const isThere = mark in variables;
          if (isThere && isErased) findings.back.push(`${sessionId} ${mark}`);
          if (!isThere && !mayBeErased && acknowledgedMs < Number.POSITIVE_INFINITY)
            findings.lost.push(`${sessionId} ${mark}`);
        }
      }
      return findings;
    },
  };
}
