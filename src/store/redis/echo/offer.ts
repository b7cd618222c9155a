// How each kind of kept write is sent again.

import { randomUUID } from 'node:crypto';
import type { EchoResult } from '../../echo-events.ts';
import { recentFrom } from '../../recent-updates.ts';
import type { Append, SessionStore, StoredSession, UserSession } from '../../session-store.ts';
import { ERASED_UPDATES } from '../../session-store.ts';
import type { RunScripts } from '../run-scripts.ts';
import type { Reply } from '../scripts/replies.ts';
import { loadScript, type ScriptArguments } from '../scripts/script.ts';
import type { TimedWrite } from '../timed-write.ts';
import type { Offered } from './echo.ts';
import type { KeptWrite } from './kept-writes.ts';
import { type ReplicationSample, replicationTag } from './replication-sample.ts';

/** The lock token of an update that ignores locks; see scripts/append.lua. */
export const AGAIN = 'again';

/** What is different when an update is sent again. A failover may have lost the note that it
 * confirmed. */
const SENT_AGAIN = {
  lockToken: AGAIN,
  sessionMaxBytes: Number.MAX_SAFE_INTEGER,
  // Others may have extended the session since.
  isTtlExact: false,
  confirmedNote: undefined,
};

/** What is kept of an acknowledged erase. */
export type KeptErase = {
  eraseId: string;
  /** When the attempt that was acknowledged was sent, at the earliest. */
  sentAtMonotonicMs: number;
  tombstoneTtlMs: number;
  /** By the clock of the master that ran it, unix ms. */
  instantMs: number;
  /** The ids that its tombstone remembers, one to a line. */
  erased: Buffer;
  /** What it removed: the last four numbers of its tombstone. */
  removed: string;
};

/** What is kept of the erase of a user. */
export type KeptUserErase = { sentAtMonotonicMs: number; tombstoneTtlMs: number };

/** What is kept of a write under a condition. */
export type KeptConditional = {
  sessionId: string;
  updateId: string;
  revision: number;
  incarnation: string;
};

/** What it takes to send a write again. */
export type Again =
  | { write: 'append'; append: Append }
  | { write: 'erase'; erase: KeptErase }
  | { write: 'user-erase'; erase: KeptUserErase }
  | { write: 'index'; entry: UserSession }
  | { write: 'conditional'; conditional: KeptConditional };

/** A session as it is now, whether writes to it are due or not. */
type ReadUngated = (
  sessionId: string,
) => Promise<{ session: StoredSession | undefined; master: ReplicationSample | undefined }>;

/** Sends kept writes again. */
export function createOffer({
  run,
  store,
  read,
  argumentsOf,
}: {
  run: RunScripts;
  /** To note a session whose note is due. */
  store: Pick<SessionStore, 'index'>;
  /** To look up conditional writes. */
  read: ReadUngated;
  argumentsOf: (append: Append, master: ReplicationSample | undefined) => ScriptArguments;
}): (write: KeptWrite) => Promise<Offered> {
  const scripts = {
    append: loadScript('append'),
    eraseAgain: loadScript('erase_again'),
    eraseUser: loadScript('erase_user'),
    index: loadScript('index'),
  };

  return async function offer({ key, again }) {
    const kept = again as Again;
    switch (kept.write) {
      case 'append':
        return offerAppend(key, kept.append);
      case 'erase':
        return offerErase(key, kept.erase);
      case 'user-erase':
        return offerUserErase(key, kept.erase);
      case 'index':
        return offerNote(key, kept.entry);
      case 'conditional':
        return lookUp(kept.conditional);
    }
  };

  async function offerAppend(key: string, append: Append): Promise<Offered> {
    const { receivedAtMonotonicMs, earliestMonotonicMs, sessionId } = append;
    const { reply, master } = await send({
      ...{ operation: 'append', script: scripts.append, key },
      ...{ receivedAtMonotonicMs, earliestMonotonicMs },
      args: (present) => argumentsOf({ ...append, ...SENT_AGAIN }, present),
    });
    const status = String(reply[0]);
    if (status === 'stored') await noteIfDue(sessionId, receivedAtMonotonicMs, reply.slice(9));
    return { result: RESULTS[status] ?? 'erased', master };
  }

  /** A user who is not certain is noted with the session's next update, since the note is not
   * confirmed. */
  async function noteIfDue(
    sessionId: string,
    receivedAtMonotonicMs: number,
    [userId, isCertain, eventMs, ttlMs]: Reply,
  ): Promise<void> {
    if (userId === undefined || isCertain !== 1) return;
    const entry = { userId: String(userId), eventMs: Number(eventMs), ttlMs: Number(ttlMs) };
    await store.index({ ...entry, sessionId, receivedAtMonotonicMs });
  }

  async function offerErase(key: string, erase: KeptErase): Promise<Offered> {
    const { eraseId, tombstoneTtlMs, instantMs, erased, removed } = erase;
    const { reply, master } = await send({
      ...{ operation: 'erase', script: scripts.eraseAgain, key },
      receivedAtMonotonicMs: erase.sentAtMonotonicMs,
      args: (present) => [
        ...[eraseId, String(tombstoneTtlMs), String(ERASED_UPDATES), String(instantMs)],
        ...[replicationTag(present?.id ?? ''), erased, newIncarnation(), removed],
      ],
    });
    return { result: RESULTS[String(reply[0])] ?? 'restored', master };
  }

  async function offerUserErase(key: string, erase: KeptUserErase): Promise<Offered> {
    const { master } = await send({
      ...{ operation: 'eraseUser', script: scripts.eraseUser, key },
      receivedAtMonotonicMs: erase.sentAtMonotonicMs,
      args: [String(erase.tombstoneTtlMs), '1'],
    });
    return { result: 'restored', master };
  }

  async function offerNote(key: string, entry: UserSession): Promise<Offered> {
    const { sessionId, eventMs, ttlMs, receivedAtMonotonicMs, earliestMonotonicMs } = entry;
    const { reply, master } = await send({
      ...{ operation: 'index', script: scripts.index, key },
      ...{ receivedAtMonotonicMs, earliestMonotonicMs },
      args: [sessionId, String(eventMs), String(ttlMs)],
    });
    return { result: String(reply[0]) === 'noted' ? 'restored' : 'erased', master };
  }

  /** Whether a conditional write is there. It is lost for certain only where the session is at an
   * earlier revision, or names every update since. */
  async function lookUp(conditional: KeptConditional): Promise<Offered> {
    const { session, master } = await read(conditional.sessionId);
    return { result: resultIn(session, conditional), master };
  }

  function resultIn(
    session: StoredSession | undefined,
    { updateId, revision, incarnation }: KeptConditional,
  ): EchoResult {
    if (session === undefined || session.incarnation !== incarnation) return 'unknown';
    const known = [
      ...recentFrom(session.recent),
      ...session.frames
        .filter(({ kind }) => kind === 'delta')
        .map(({ name, revision: at }) => ({ updateId: name, revision: at })),
    ];
    if (known.some((update) => update.updateId === updateId)) return 'there';
    const isNamed = known.some((update) => update.revision <= revision);
    return session.revision < revision || isNamed ? 'lost' : 'unknown';
  }

  async function send(
    write: Omit<TimedWrite, 'limits' | 'onAcknowledged'>,
  ): Promise<{ reply: Reply; master: ReplicationSample | undefined }> {
    let master: ReplicationSample | undefined;
    const reply = await run.write({
      ...write,
      isSentAfterClockSet: true,
      limits: undefined,
      onAcknowledged(_, { master: present }) {
        master = present;
      },
    });
    return { reply, master };
  }
}

const RESULTS: Readonly<Record<string, EchoResult>> = {
  stored: 'restored',
  known: 'there',
  there: 'there',
  erased: 'restored',
};

function newIncarnation(): string {
  return randomUUID().replaceAll('-', '');
}
