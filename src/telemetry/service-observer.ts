// The events of the use cases as metrics and log lines. Sessions appear by their log id alone.

import type { ServiceObserver } from '../service/parts.ts';
import { DROP_REASONS, type Settled } from '../service/spooling/outcomes.ts';
import { logIdOf } from '../session/log-id.ts';
import type { LogFields } from './log.ts';
import type { Telemetry } from './metrics.ts';

const isDropReason = (settled: Settled): settled is (typeof DROP_REASONS)[number] =>
  DROP_REASONS.some((reason) => reason === settled);

/** Names of frames in one line at most. */
const LOGGED_NAMES_MAX = 20;

export function createServiceObserver({ log, metrics }: Telemetry): ServiceObserver {
  /** Logs a warning, of which one with this key is written in ten seconds. Its facts are always
   * named one by one: what an event holds more, such as a token, must not be logged. */
  const warn = (key: string, message: string, facts: Facts) =>
    log.rarely(key).warn(message, fieldsOf(facts));

  return {
    frameStored: (frameBytes) => metrics.persistedBytes.observe(frameBytes),
    sessionRead({ frames, sessionBytes }) {
      metrics.framesPerRestore.observe(frames);
      metrics.restoredBytes.observe(sessionBytes);
    },
    frameUnusable({ sessionId, name: frame, verdict }) {
      metrics.checksumFailures.inc({ verdict });
      warn('unusable frame', 'a stored frame could not be used', { sessionId, frame, verdict });
    },
    metadataDamaged({ sessionId, fields, isWhole }) {
      for (const field of fields) metrics.damagedMetadata.inc({ field });
      if (!isWhole) metrics.damagedMetadata.inc({ field: 'log' });
      const damaged = { sessionId, fields, isWhole };
      warn('damaged metadata', 'stored fields of a session are damaged', damaged);
    },
    compactionEnded({ sessionId, result, seconds, cause }) {
      if (result !== 'skipped') {
        metrics.compactions.inc({ result });
        metrics.compactionSeconds.observe(seconds);
      }
      if (result === 'failed') warn('compaction', 'compaction failed', { sessionId, cause });
      else log.debug('compaction ended', fieldsOf({ sessionId, result, seconds }));
    },
    sessionRepaired({ sessionId, kind }) {
      metrics.repairs.inc({ kind });
      warn(`repaired ${kind}`, 'a session was repaired', { sessionId, kind });
    },
    flowViolated: ({ flowId, keyword }) => metrics.flowViolations.inc({ flow: flowId, keyword }),
    validationTimedOut({ flowId: flow, message: refusal }) {
      warn('slow flow definition', 'an update could not be validated in time', { flow, refusal });
    },
    stepsIgnored({ sessionId, steps }) {
      metrics.ignoredSteps.inc(steps.length);
      const first = { ...steps[0] };
      const facts = { sessionId, steps: steps.length, ...first };
      warn('ignored steps', 'steps of a history were ignored', facts);
    },
    lockContended: () => metrics.lockContention.inc(),
    lockWaited: (seconds) => metrics.lockWaitSeconds.observe(seconds),
    lockEnded: (result) => metrics.locks.inc({ result }),
    lockLapsed({ sessionId }) {
      metrics.locks.inc({ result: 'lapsed' });
      warn('lapsed lock', 'a lock ran out without a release', { sessionId });
    },
    lapseUnknown: ({ sessionId, cause }) =>
      warn('lapse unknown', 'whether a lock ran out is not known', { sessionId, cause }),
    sessionErased({ sessionId, found }) {
      metrics.erased.inc({ found: `${found}` });
      if (found) metrics.endedSessions.inc({ reason: 'erased' });
      const fields = fieldsOf({ sessionId });
      // A line for each session that is gone; those that never were could be erased without end.
      if (found) log.info('a session was erased', fields);
      else log.rarely('erased nothing').info('there was no session to erase', fields);
    },
    userErasureEnded({ userId, erased, seconds, isDone, cause }) {
      const erasure = { userId, erased, seconds };
      if (isDone) log.info('the sessions of a user were erased', fieldsOf(erasure));
      else
        log.warn(
          'the sessions of a user were not all erased: send the request again',
          fieldsOf({ ...erasure, cause }),
        );
    },
    framesQuarantined({ sessionId, names }) {
      metrics.quarantinedFrames.inc(names.length);
      const frames = { frames: names.length, names: names.slice(0, LOGGED_NAMES_MAX) };
      warn('quarantine', 'frames were moved into quarantine', { sessionId, ...frames });
    },
    quarantineFailed: ({ sessionId, cause }) =>
      warn('failed quarantine', 'frames could not be moved into quarantine', { sessionId, cause }),
    storeRetried: (isSent) => metrics.storeRetries.inc({ result: isSent ? 'sent' : 'withheld' }),
    indexFailed: ({ sessionId, cause }) =>
      warn('user index', 'the user index could not be written', { sessionId, cause }),
    updateSpooled({ sessionId, kind }) {
      metrics.spooled.inc({ kind });
      warn(`spooled ${kind}`, 'the spool keeps what the store did not take', { sessionId, kind });
    },
    spoolFailed({ isFull, cause }) {
      metrics.spoolFailures.inc({ reason: isFull ? 'full' : 'failed' });
      log.rarely('spool failed').error('the spool did not keep an update', { error: cause });
    },
    updateReplayed({ sessionId, settled, waitedMs }) {
      metrics.spoolWaitSeconds.observe(waitedMs / 1000);
      const seconds = Math.round(waitedMs / 1000);
      if (isDropReason(settled)) {
        metrics.spoolDropped.inc({ reason: settled });
        const dropped = fieldsOf({ sessionId, reason: settled, seconds });
        // Only this one is a loss; the others are what somebody asked for, or was due.
        const rare = log.rarely(`dropped ${settled}`);
        if (settled === 'too_old') rare.error('a spooled update was too old and is lost', dropped);
        else rare.info('a spooled update was dropped', dropped);
        return;
      }
      metrics.spoolReplayed.inc({ result: settled });
      log.debug('a spooled update was replayed', fieldsOf({ sessionId, result: settled, seconds }));
    },
    watchesChanged({ calls, sessions }) {
      metrics.watches.set(calls);
      metrics.watchedSessions.set(sessions);
    },
    watchEvent: (kind) => metrics.watchEvents.inc({ kind }),
    watchFailed: ({ sessionId, userId, cause }) =>
      warn('watch', 'what is watched could not be read', { sessionId, userId, cause }),
    watchRead: (kind) => metrics.watchReads.inc({ kind }),
    rowSetAside({ number: row, problem: reason, cause }) {
      metrics.spoolSetAside.inc({ reason });
      // Without its key, each row of a full spool is one.
      const fields = { row, reason, error: cause };
      log
        .rarely(`set aside ${reason}`)
        .error('a row of the spool cannot be replayed, and is kept', fields);
    },
  };
}

type Facts = LogFields & {
  sessionId?: string | undefined;
  userId?: string | undefined;
  cause?: unknown;
};

/** Facts as lines of the log have them. */
function fieldsOf({ sessionId, userId, cause, ...fields }: Facts): LogFields {
  return {
    ...(sessionId !== undefined && { session: logIdOf(sessionId) }),
    ...(userId !== undefined && { user: logIdOf(userId) }),
    ...fields,
    ...(cause !== undefined && { error: cause }),
  };
}
