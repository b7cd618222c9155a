// One caller of one session, who knows after each answer what the session is: it does one thing
// after the other, at whichever process, and compares every answer with that.

import { expect } from 'vitest';
import type { Random } from '../../model/random.ts';
import { type Answer, type Sidecars, send } from './sidecars.ts';

const WEBHOOK = '/webhook/cognigy';
const SERVICE = '/cognigy.session.v1.SessionService';
/** As many as are remembered once they are folded. */
const UPDATES_MAX = 60;
const LOCK_TTL_MS = 10_000;

type Sent = { body: Record<string, unknown>; revision: number; etag: string };

export type SessionLoad = {
  sessionId: string;
  /** Does one thing at random. */
  step(): Promise<void>;
  /** Compares the session, as any process says it is, with what it must be. */
  verify(sidecars: Sidecars): Promise<void>;
  /** How often each kind of step was done. */
  done: Record<string, number>;
};

export function createSessionLoad(
  sidecars: Sidecars,
  { sessionId, random }: { sessionId: string; random: Random },
): SessionLoad {
  let stored: Sent[] = [];
  let erased: Sent[] = [];
  let number = 0;
  const done: Record<string, number> = {};

  const position = () => ({ revision: stored.length, etag: stored.at(-1)?.etag ?? '' });
  const post = (path: string, body: object, isRpc = false) =>
    send(sidecars, random, { path, body, isRpc });

  const steps: Record<string, () => Promise<void>> = {
    update: () => update({}),
    conditional: async () => {
      if (stored.length > 0) await update({ ifMatch: position().etag });
    },
    repeat: async () => {
      if (stored.length === 0) return;
      const { body, revision, etag } = random.pick(stored);
      const answer = await post(`${WEBHOOK}/session`, body);
      agree(answer, { status: 'accepted', known: true, revision, etag });
    },
    repeatErased: async () => {
      if (erased.length === 0) return;
      agree(await post(`${WEBHOOK}/session`, random.pick(erased).body), { status: 'dropped' });
    },
    restore: () => verify(sidecars),
    erase: async () => {
      number += 1;
      const body = { sessionId, updateId: `erase-${number}` };
      agree(await post(`${WEBHOOK}/delete`, body), { status: 'erased' });
      erased = [...erased, ...stored];
      stored = [];
    },
    lock: async () => {
      const startedMs = performance.now();
      // Where no process was up for longer than the lock lasts.
      const mayHaveRunOut = () => performance.now() - startedMs > LOCK_TTL_MS;
      const locked = await post(
        `${SERVICE}/Lock`,
        { sessionId, ttlMs: LOCK_TTL_MS, waitMs: LOCK_TTL_MS },
        true,
      );
      expect(locked.status, said(locked)).toBe(200);
      const { token } = locked.body;
      await update({ lockToken: token }, mayHaveRunOut);
      const unlocked = await post(`${SERVICE}/Unlock`, { sessionId, token }, true);
      // A repetition of what was done finds it done.
      if (unlocked.attempts === 1 && !mayHaveRunOut())
        expect(unlocked.status, said(unlocked)).toBe(200);
    },
  };
  const weighted = [
    ...Array(10).fill('update'),
    ...Array(3).fill('conditional'),
    ...Array(3).fill('repeat'),
    ...Array(2).fill('restore'),
    ...['repeatErased', 'repeatErased', 'erase', 'lock'],
  ];

  return { sessionId, step, verify, done };

  async function step(): Promise<void> {
    const isFull = stored.length >= UPDATES_MAX;
    const kind = isFull ? random.pick(['repeat', 'restore', 'erase']) : random.pick(weighted);
    done[kind] = (done[kind] ?? 0) + 1;
    await steps[kind]?.();
  }

  async function update(condition: object, mayHaveRunOut = () => false): Promise<void> {
    number += 1;
    const filler = 'as in a transcript, '.repeat(10 + random.below(30));
    const body = {
      ...{
        sessionId,
        updateId: `update-${number}`,
        timestamp: 1_718_445_600,
        execution: number,
        ...condition,
      },
      variables: { [`mark${number}`]: number, last: number },
      context: { filler },
    };
    const answer = await post(`${WEBHOOK}/session`, body);
    if (answer.body.reason === 'lock_lost' && mayHaveRunOut()) return;
    agree(answer, { status: 'accepted', revision: stored.length + 1 });
    if (answer.attempts === 1) agree(answer, { known: false });
    stored.push({ body, revision: answer.body.revision, etag: answer.body.etag });
  }

  async function verify(at: Sidecars): Promise<void> {
    const answer = await send(at, random, { path: `${WEBHOOK}/restore`, body: { sessionId } });
    if (stored.length === 0) return agree(answer, { found: false });
    agree(answer, { found: true, outcome: 'intact', ...position() });
    const marks = Object.assign({}, ...stored.map(({ body }) => body.variables));
    expect(answer.body.variables, said(answer)).toEqual(marks);
    expect(answer.body.context, said(answer)).toEqual(stored.at(-1)?.body.context);
  }
}

function agree(answer: Answer, expected: object): void {
  expect(answer.status, said(answer)).toBe(200);
  expect(answer.body, said(answer)).toMatchObject(expected);
}

function said({ by, attempts, status, body }: Answer): string {
  return `${by} answered at attempt ${attempts}: ${status} ${JSON.stringify(body).slice(0, 300)}`;
}
