// A sidecar: sends what callers ask for to the master that it knows, keeps what was acknowledged,
// and offers it again to another master.

import type { Timeline } from '../network/simulated-time.ts';
import type { Random } from '../random.ts';
import { createKeptRecords, type KeptRecord } from './kept-records.ts';
import { type Connection, createSend, type RunAt } from './modelled-connection.ts';
import {
  append,
  type ConditionalOutcome,
  compact,
  conditionalIn,
  type Erasure,
  erase,
  eraseAgain,
  type Session,
  visibleIds,
} from './modelled-session.ts';
import type { Master, Sample } from './modelled-shard.ts';
import type { Rules } from './rules.ts';

const SAMPLE_EVERY_MS = 250;
const TIMEOUT_MS = 1000;
const DEADLINE_MS = 4000;
const HOLD_MS = 25_000;
/** Until a gate is looked at again. */
const GATE_MS = 5;

export type Etag = { chain: number; masterId: string };

export type Seen = { ids: ReadonlySet<string>; etag: Etag };

type Asked<Answer> = {
  /** Runs at the master. */
  run: RunAt<Answer>;
  /** Whether it waits until own writes have been offered. */
  isGated?: boolean;
  onAnswer: (answer: Answer, connection: Connection) => void;
  onUnknown?: () => void;
};

export type ModelledSidecar = ReturnType<typeof createModelledSidecar>;

export function createModelledSidecar({
  timeline,
  random,
  rules,
  oneWayMs,
  onReported,
  hasEnded,
}: {
  timeline: Timeline;
  random: Random;
  rules: Rules;
  oneWayMs: number;
  onReported: (id: string, outcome: ConditionalOutcome) => void;
  /** Whether to stop sampling. */
  hasEnded: () => boolean;
}) {
  const { nowMs } = timeline;
  const send = createSend({ timeline, random, oneWayMs });
  const records = createKeptRecords(rules, nowMs);
  const firstSeenMs = new Map<string, number>();
  let connection: Connection | undefined;
  let compactions = 0;

  return {
    /** Connects to another master; replies of the former one may still come. */
    follow(master: Master, { isFormerClosed }: { isFormerClosed: boolean }): void {
      if (connection?.master === master) return;
      if (connection && isFormerClosed) connection.isOpen = false;
      const opened: Connection = {
        ...{ master, isOpen: true, sample: undefined, repliesMs: 0, offered: new Set() },
      };
      connection = opened;
      sample(opened, { isFirst: true });
    },

    update(id: string, onAcked: () => void): void {
      const receivedMs = nowMs();
      ask<string>({
        run(_, session) {
          const { after, status } = append(session, { id, momentMs: receivedMs });
          return { after, answer: status };
        },
        onAnswer(status, { sample: known }) {
          if (status === 'dropped') return;
          if (rules.updates && known) records.keep({ kind: 'update', id, receivedMs }, known);
          offerLate();
          onAcked();
        },
      });
    },

    conditional(
      id: string,
      etag: Etag,
      {
        onExecuted,
        onAcked,
      }: { onExecuted: (ids: Set<string>, masterId: string) => void; onAcked: () => void },
    ): void {
      const receivedMs = nowMs();
      ask<{ status: string; revision: number; incarnation: number }>({
        isGated: true,
        run(master, session) {
          const isOther = rules.etagTag && etag.masterId !== master.id;
          const ifMatch = isOther ? -1 : etag.chain;
          const { after, status } = append(session, { id, momentMs: receivedMs, ifMatch });
          if (status === 'stored') onExecuted(visibleIds(session), master.id);
          const { revision, incarnation } = after;
          return { after, answer: { status, revision, incarnation } };
        },
        onAnswer({ status, revision, incarnation }, { sample: known }) {
          if (status !== 'stored') return;
          const kept = { kind: 'conditional' as const, id, revision, incarnation };
          if (rules.reports && known) records.keep(kept, known);
          offerLate();
          onAcked();
        },
      });
    },

    erase(eraseId: string, { onAcked, onUnknown }: { onAcked(): void; onUnknown(): void }): void {
      ask<Erasure>({
        run(_, session) {
          const { after, erasure } = erase(session, { eraseId, nowMs: nowMs() });
          return { after, answer: erasure };
        },
        onAnswer(erasure, { sample: known }) {
          if (rules.erases && known) records.keep({ kind: 'erase', id: eraseId, erasure }, known);
          offerLate();
          onAcked();
        },
        onUnknown,
      });
    },

    read(onSeen: (seen: Seen) => void): void {
      ask<Seen>({
        isGated: true,
        run: ({ id }, session) => ({
          after: session,
          answer: { ids: visibleIds(session), etag: { chain: session.chain, masterId: id } },
        }),
        onAnswer: onSeen,
      });
    },

    /** Reads, and replaces what was read, unless that is too soon after a failover. */
    compact(): void {
      const isHeld = () => {
        const sinceMs = firstSeenMs.get(connection?.sample?.id ?? '') ?? nowMs();
        return rules.hold && nowMs() - sinceMs < HOLD_MS;
      };
      if (isHeld()) return;
      ask<Session>({
        run: (_, session) => ({ after: session, answer: session }),
        onAnswer({ incarnation, frames }) {
          if (isHeld() || frames.length < 2) return;
          const read = { name: `${oneWayMs}-${compactions++}`, incarnation, frames };
          ask({
            run: (_, session) => ({ after: compact(session, read), answer: undefined }),
            onAnswer: () => {},
          });
        },
      });
    },
  };

  function ask<Answer>(asked: Asked<Answer>): void {
    const { run, isGated = false, onAnswer, onUnknown = () => {} } = asked;
    const endsMs = nowMs() + DEADLINE_MS;
    let isAnswered = false;
    attempt();
    timeline.at(endsMs, () => {
      if (!isAnswered) onUnknown();
      isAnswered = true;
    });

    function attempt(): void {
      if (isAnswered || nowMs() >= endsMs) return;
      const to = connection;
      const isReady = to !== undefined && (!isGated || !rules.ownFirst || isSettled(to));
      if (!isReady) {
        timeline.at(nowMs() + GATE_MS, attempt);
        return;
      }
      const onReply = (answer: Answer) => {
        if (isAnswered) return;
        isAnswered = true;
        onAnswer(answer, to);
      };
      send(to, { endsMs, run, onReply });
      // Sooner if it follows another master meanwhile.
      const lookAgain = (untilMs: number) => {
        if (isAnswered) return;
        if (connection !== to || nowMs() >= untilMs) attempt();
        else timeline.at(Math.min(nowMs() + 50, untilMs), () => lookAgain(untilMs));
      };
      lookAgain(nowMs() + TIMEOUT_MS);
    }
  }

  function isSettled({ sample: known }: Connection): boolean {
    return known !== undefined && records.dueFor(known.id).length === 0;
  }

  function sample(to: Connection, { isFirst = false } = {}): void {
    if (to !== connection || hasEnded()) return;
    const sequenceEnd = records.nextSequence();
    const again = () => sample(to);
    if (isFirst || !records.isEmpty()) {
      send<Sample>(to, {
        endsMs: Number.POSITIVE_INFINITY,
        run: (master, session) => ({ after: session, answer: master.sample() }),
        onReply(answer) {
          to.sample = answer;
          if (!firstSeenMs.has(answer.id)) firstSeenMs.set(answer.id, nowMs());
          records.sampled(answer, sequenceEnd);
          if (isFirst || rules.lateAcknowledgements) offerAll(to);
        },
      });
    }
    timeline.at(nowMs() + SAMPLE_EVERY_MS, again);
  }

  /** After an acknowledgement, which may be one of a former master. */
  function offerLate(): void {
    if (connection && rules.lateAcknowledgements) offerAll(connection);
  }

  function offerAll(to: Connection): void {
    const { sample: present } = to;
    // A former master that answers late is not to be believed.
    if (!present || to !== connection) return;
    for (const record of records.dueFor(present.id)) {
      const isPart = present.previousId === record.masterId;
      const isThere = !rules.exactSuffix || (record.offset ?? Infinity) < present.previousEnd;
      if (isPart && isThere) records.settle(record, present.id, { isAtSameOffset: true });
      else if (!to.offered.has(record)) offer(record, to, present.id);
    }
  }

  function offer(record: KeptRecord, to: Connection, masterId: string): void {
    to.offered.add(record);
    const endsMs = nowMs() + TIMEOUT_MS;
    timeline.at(endsMs, () => {
      to.offered.delete(record);
    });
    if (record.kind === 'conditional') {
      send(to, {
        endsMs,
        run: (_, session) => ({ after: session, answer: conditionalIn(session, record) }),
        onReply(outcome) {
          if (outcome === 'there') return records.settle(record, masterId);
          records.forget(record);
          onReported(record.id, outcome);
        },
      });
      return;
    }
    const run = (_: Master, session: Session) => {
      const after =
        record.kind === 'update'
          ? append(session, { id: record.id, momentMs: record.receivedMs }).after
          : eraseAgain(session, record.erasure, { nowMs: nowMs(), rules });
      return { after, answer: undefined };
    };
    send(to, { endsMs, run, onReply: () => records.settle(record, masterId) });
  }
}
