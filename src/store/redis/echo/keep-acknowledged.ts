// Which acknowledged writes are kept, and what of them.

import type { EchoKind } from '../../echo-events.ts';
import type { Append, Erasure, UserErasure, UserSession } from '../../session-store.ts';
import { highAt } from '../clock/clock-interval.ts';
import type { TimedWrite } from '../timed-write.ts';
import type { Echo } from './echo.ts';
import { createKeptBytes } from './kept-bytes.ts';
import type { Again } from './offer.ts';

type OnAcknowledged = TimedWrite['onAcknowledged'];
type Acknowledged = Parameters<NonNullable<OnAcknowledged>>[1];

/** Callbacks for acknowledged writes, which keep them. */
export type KeepAcknowledged = {
  append(key: string, append: Append): NonNullable<OnAcknowledged>;
  erase(key: string, erasure: Erasure): NonNullable<OnAcknowledged>;
  eraseUser(key: string, erasure: UserErasure): NonNullable<OnAcknowledged>;
  index(key: string, entry: UserSession): NonNullable<OnAcknowledged>;
};

export function createKeepAcknowledged(echo: Echo, nowMonotonicMs: () => number): KeepAcknowledged {
  const copyOf = createKeptBytes();
  return {
    append: (key, append) => (reply, at) => {
      const status = String(reply[0]);
      const isConditional = append.lockToken !== '' || append.ifMatch !== '';
      if (!isConditional && (status === 'stored' || status === 'known'))
        keepAppend(key, append, at);
      if (!isConditional || status !== 'stored') return;
      const { sessionId, updateId } = append;
      const position = { revision: Number(reply[1]), incarnation: String(reply[8]) };
      const conditional = { sessionId, updateId, ...position };
      keep(key, 'conditional', { write: 'conditional', conditional }, at);
    },

    erase:
      (key, { eraseId, tombstoneTtlMs }) =>
      (reply, at) => {
        const [status, , ...facts] = reply;
        if (String(status) !== 'erased') return;
        const instantMs = Number(facts[4]);
        const erased = copyOf(facts[5] as Buffer);
        const erase = {
          ...{ eraseId, tombstoneTtlMs, instantMs, erased },
          sentAtMonotonicMs: earliestOf(instantMs, at),
          removed: facts.slice(0, 4).map(Number).join(' '),
        };
        keep(key, 'erase', { write: 'erase', erase }, at, erased.length);
      },

    eraseUser:
      (key, { tombstoneTtlMs }) =>
      (_, at) => {
        const erase = { tombstoneTtlMs, sentAtMonotonicMs: at.sentAtMs };
        keep(key, 'erase', { write: 'user-erase', erase }, at);
      },

    index: (key, entry) => (reply, at) => {
      if (String(reply[0]) === 'noted') keep(key, 'note', { write: 'index', entry }, at);
    },
  };

  function keepAppend(key: string, append: Append, at: Acknowledged): void {
    const kept = { ...append, frame: copyOf(append.frame) };
    keep(key, 'update', { write: 'append', append: kept }, at, kept.frame.length);
  }

  function keep(
    key: string,
    kind: EchoKind,
    again: Again,
    { master }: Acknowledged,
    contentBytes = 0,
  ): void {
    echo.keep({ kind, key, bytes: contentBytes + 2 * key.length, again }, master);
  }

  /** When the server's clock showed an instant, at the earliest, on ours. */
  function earliestOf(instantMs: number, { clock, sentAtMs }: Acknowledged): number {
    const interval = clock.interval();
    return interval ? instantMs - highAt(interval, nowMonotonicMs()) : sentAtMs;
  }
}
