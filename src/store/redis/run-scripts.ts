// Runs scripts. Every reply carries the server's time, from which its clock is learned. A write
// carries the time bounds of clock/write-bounds.ts, which are computed for each attempt; a write that
// was refused because of its time is sent again at once, since the refusal gave a better estimate of
// the clock.

import type { StoreDurability } from '../durability.ts';
import { StoreUnavailable } from '../session-store.ts';
import type { ServerClock } from './clock/server-clock.ts';
import { boundsText, writeBounds } from './clock/write-bounds.ts';
import type { RedisConnection } from './connection/connection.ts';
import { NOT_CONNECTED } from './connection/failure-reason.ts';
import type { Batch, Server, ServerConnection } from './connection/server.ts';
import type { ReplicationSample } from './echo/replication-sample.ts';
import type { Reply } from './scripts/replies.ts';
import { loadScript, type Script, type ScriptArguments } from './scripts/script.ts';
import type { TimedWrite } from './timed-write.ts';

/** What replicas are to confirm after an answer of that status: the write itself, or an earlier one
 * that it found; nothing where it is undefined. */
export type ToConfirm = (status: string) => 'write' | 'earlier write' | undefined;

/** What a script that reads has answered, and the last sample of its server before that. */
export type ScriptRead = { nowMs: number; facts: Reply; master: ReplicationSample | undefined };

type AnswerOf<Answer> = (reply: Reply, durability: StoreDurability) => Answer;

type Ready = (key: string, master: ReplicationSample | undefined) => unknown;

export type RunScripts = {
  /** Runs a script that writes; answers its status and its facts. Throws StoreUnavailable if no
   * answer came. */
  write(write: TimedWrite): Promise<Reply>;
  /** The same; answers what `answerOf` makes of it and of how safely the write is kept, for which it
   * may wait for replicas. */
  keep<Answer>(
    write: TimedWrite,
    toConfirm: ToConfirm,
    answerOf: AnswerOf<Answer>,
  ): Promise<Answer>;
  /** Runs a script that reads; answers the server's time in unix ms, and the rest. Likewise. */
  read(read: {
    operation: string;
    script: Script;
    key: string;
    args?: readonly string[];
    /** Whether it does not wait until this process's writes to the key are on its master. */
    isUngated?: boolean;
  }): Promise<ScriptRead>;
};

export function createRunScripts({
  connection,
  commandTimeoutMs,
  nowMonotonicMs,
  ready,
}: {
  connection: RedisConnection;
  commandTimeoutMs: number;
  nowMonotonicMs: () => number;
  /** Resolves once this process's writes to a key are on its master; undefined if they are. */
  ready?: Ready | undefined;
}): RunScripts {
  const confirm = loadScript('confirm');
  return { read, write, keep };

  function read({
    operation,
    script,
    key,
    args = [],
    isUngated = false,
  }: Parameters<RunScripts['read']>[0]) {
    const command = async (server: Server) => {
      if (ready && !isUngated) await untilReady(server, key, ready);
      const master = server.master();
      const clock = server.knownClock() ?? (await server.clock());
      const sentMs = nowMonotonicMs();
      let reply: Reply;
      try {
        reply = await runOnce(server, { script, isLoaded: true }, ['1', key, ...args]);
      } catch (error) {
        unlessMissing(error);
        reply = await runOnce(server, { script, isLoaded: false }, ['1', key, ...args]);
      }
      const nowUs = Number(reply.shift());
      learn(clock, sentMs, nowUs);
      return { nowMs: Math.floor(nowUs / 1000), facts: reply, master };
    };
    return connection.send({ operation, key, command });
  }

  function keep<Answer>(
    asked: TimedWrite,
    toConfirm: ToConfirm,
    answerOf: AnswerOf<Answer>,
  ): Promise<Answer> {
    const attempt = attemptAt(asked);
    const answered = (reply: Reply) => {
      const { batch, server } = attempt;
      const what = batch && toConfirm(String(reply[0]));
      if (batch === undefined || server === undefined || what === undefined)
        return answerOf(reply, 'stored');
      const confirmed =
        what === 'write' ? batch.confirmed() : confirmedBefore(server, asked, attempt);
      return confirmed.then((durability) => answerOf(reply, durability));
    };
    const { operation, key } = asked;
    const command = (server: Server) => writeTo(server, asked, attempt);
    return connection
      .send({ operation, key, isKept: true, command })
      .then(answered, openUntilEndOf(attempt));
  }

  /** How safely is kept what was on the server before: a write that changes nothing is confirmed. */
  async function confirmedBefore(
    server: Server,
    { key }: TimedWrite,
    { endsAtMs = 0 }: Attempt,
  ): Promise<StoreDurability> {
    for (const isLoaded of [true, false]) {
      const batch = await server.openBatch?.(endsAtMs);
      if (batch === undefined) return 'stored';
      try {
        const isWritten = await runOnce(batch, { script: confirm, isLoaded }, ['1', key]);
        return Number(isWritten) === 1 ? await batch.confirmed() : 'stored';
      } catch (error) {
        // The key may have moved to another server, which confirms nothing of this one.
        if (!isLoaded || !isMissing(error)) return 'stored';
      }
    }
    return 'stored';
  }

  function write(asked: TimedWrite): Promise<Reply> {
    const attempt = attemptAt(asked);
    const { operation, key } = asked;
    const command = (server: Server) => writeTo(server, asked, attempt);
    return connection.send({ operation, key, command }).catch(openUntilEndOf(attempt));
  }

  function attemptAt({ limits }: TimedWrite): Attempt {
    const none = { openUntilMs: undefined, batch: undefined, server: undefined };
    return { endsAtMs: limits?.endsAtMonotonicMs, ...none };
  }

  async function writeTo(server: Server, asked: TimedWrite, attempt: Attempt): Promise<Reply> {
    const { script, key, args } = asked;
    if (ready && asked.isGated) await untilReady(server, key, ready);
    let momentUs: number | undefined;
    let isDoubted = false;
    let isLoaded = true;
    attempt.server = server;
    for (;;) {
      // Another batch for each time that it is sent: a WAIT confirms only what was sent before it.
      if (server.openBatch) attempt.batch = await server.openBatch(endOf(attempt));
      const connected = attempt.batch ?? server;
      const clock = connected.knownClock() ?? (await server.clock());
      const master = server.master();
      const sent = sendingNow(clock, asked, attempt);
      const bounds = writeBounds(sent.interval, sent);
      momentUs ??= bounds.momentUs;
      bounds.momentUs = momentUs;
      attempt.openUntilMs = sent.giveUpAtMs;
      let reply: Reply;
      try {
        const after = typeof args === 'function' ? args(master) : args;
        const sentArgs = ['1', key, boundsText(bounds), ...after];
        reply = await runOnce(connected, { script, isLoaded }, sentArgs);
      } catch (error) {
        if (isAnswered(error)) attempt.openUntilMs = undefined;
        if (!isLoaded) throw error;
        unlessMissing(error);
        isLoaded = false;
        continue;
      }
      attempt.openUntilMs = undefined;
      const nowUs = Number(reply.shift());
      const status = String(reply[0]);
      if (!isAskedAgain(status)) {
        // One reply of several at the same moment is enough, and reading our own clock costs time.
        if (!clock.isFresh(sent.sentAtMs)) learn(clock, sent.sentAtMs, nowUs);
        asked.onAcknowledged?.(reply, { master, clock, sentAtMs: sent.sentAtMs });
        return reply;
      }
      learn(clock, sent.sentAtMs, nowUs);
      if (status !== 'doubtful') continue;
      // After a second doubt the known offset is ignored, and the time of this reply is used.
      if (isDoubted) momentUs = nowUs - bounds.ageUs;
      isDoubted = true;
    }
  }

  function learn(clock: ServerClock, sentMs: number, nowUs: number): void {
    clock.learn({ sentMs, arrivedMs: nowMonotonicMs(), serverMs: nowUs / 1000 });
  }

  function endOf({ endsAtMs = nowMonotonicMs() + commandTimeoutMs }: Attempt): number {
    return endsAtMs;
  }

  /** The instants of an attempt that is sent now. Throws if it is too late to send anything. */
  function sendingNow(
    clock: ServerClock,
    { receivedAtMonotonicMs, earliestMonotonicMs, isSentAfterClockSet = false }: TimedWrite,
    attempt: Attempt,
  ) {
    const sentAtMs = nowMonotonicMs();
    attempt.endsAtMs ??= sentAtMs + commandTimeoutMs;
    const giveUpAtMs = Math.min(sentAtMs + commandTimeoutMs, attempt.endsAtMs);
    const interval = clock.interval();
    if (giveUpAtMs <= sentAtMs || interval === undefined)
      throw new Error('there was no time left to ask');
    const isReplay = earliestMonotonicMs !== undefined;
    const isBound = receivedAtMonotonicMs !== undefined && !isReplay && !isSentAfterClockSet;
    if (isBound && clock.wasSetAfter(receivedAtMonotonicMs))
      throw new Error('its clock, or that of this machine, was set since the request arrived');
    const receivedAtMs = receivedAtMonotonicMs ?? sentAtMs;
    return { interval, receivedAtMs, sentAtMs, giveUpAtMs, earliestMs: earliestMonotonicMs };
  }
}

/** Whether a server refused a write only because of its time. */
function isAskedAgain(status: string): boolean {
  return status === 'late' || status === 'clock' || status === 'stale' || status === 'doubtful';
}

/** One call, with all attempts that are sent for it. */
type Attempt = {
  /** When it ends; undefined until something is sent. */
  endsAtMs: number | undefined;
  /** Until when the last attempt may still take effect. */
  openUntilMs: number | undefined;
  /** Where it was sent last, and the batch that it was part of, if any. */
  server: Server | undefined;
  batch: Batch | undefined;
};

/** Throws the failure of an attempt, with the time until when the last one may still take effect. */
function openUntilEndOf(attempt: Attempt): (error: unknown) => never {
  return (error) => {
    if (error instanceof StoreUnavailable) error.openUntilMonotonicMs = attempt.openUntilMs;
    throw error;
  };
}

async function untilReady(server: Server, key: string, ready: Ready): Promise<void> {
  const waited = ready(key, server.master() ?? (await server.sampledMaster()));
  if (waited !== undefined) await waited;
}

/** Runs a script, without another attempt. `args` are its own: the script is put in front of them. */
function runOnce(
  server: ServerConnection,
  { script, isLoaded }: { script: Script; isLoaded: boolean },
  args: ScriptArguments,
): Promise<Reply> {
  args.unshift(isLoaded ? script.sha1 : script.lua);
  return server.call(isLoaded ? 'evalsha' : 'eval', args) as Promise<Reply>;
}

/** Whether it is certain that a server did not run the script and will not: it answered an error, or
 * nothing was sent. */
function isAnswered(error: unknown): boolean {
  return error instanceof Error && (error.name === 'ReplyError' || error.message === NOT_CONNECTED);
}

/** Throws all but the failure of a server that does not have the script. */
function unlessMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
