// The events of the use cases as metrics and log lines. Sessions appear by their log id alone.

import type { ServiceObserver } from '../service/parts.ts';
import { DROP_REASONS, type Settled } from '../service/spooling/outcomes.ts';
import { logIdOf } from '../session/log-id.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';

const isDropReason = (settled: Settled): settled is (typeof DROP_REASONS)[number] =>
  DROP_REASONS.some((reason) => reason === settled);

/** Names of frames in one line at most. */
const LOGGED_NAMES_MAX = 20;

export function createServiceObserver({
  log,
  metrics,
}: {
  log: Logger;
  metrics: Metrics;
}): ServiceObserver {
  return {
    frameStored: (frameBytes) => metrics.persistedBytes.observe(frameBytes),
    sessionRead({ frames, sessionBytes }) {
      metrics.framesPerRestore.observe(frames);
      metrics.restoredBytes.observe(sessionBytes);
    },
    frameUnusable({ sessionId, name, verdict }) {
      metrics.checksumFailures.inc({ verdict });
      const session = logIdOf(sessionId);
      log
        .rarely('unusable frame')
        .warn('a stored frame could not be used', { session, frame: name, verdict });
    },
    metadataDamaged({ sessionId, fields, isWhole }) {
      for (const field of fields) metrics.damagedMetadata.inc({ field });
      if (!isWhole) metrics.damagedMetadata.inc({ field: 'log' });
      const session = logIdOf(sessionId);
      log
        .rarely('damaged metadata')
        .warn('stored fields of a session are damaged', { session, fields, isWhole });
    },
    compactionEnded({ sessionId, result, seconds, cause }) {
      if (result !== 'skipped') {
        metrics.compactions.inc({ result });
        metrics.compactionSeconds.observe(seconds);
      }
      const session = logIdOf(sessionId);
      if (result === 'failed')
        log.rarely('compaction').warn('compaction failed', { session, error: cause });
      else log.debug('compaction ended', { session, result, seconds });
    },
    sessionRepaired({ sessionId, kind }) {
      metrics.repairs.inc({ kind });
      log.warn('a session was repaired', { session: logIdOf(sessionId), kind });
    },
    flowViolated: ({ flowId, keyword }) => metrics.flowViolations.inc({ flow: flowId, keyword }),
    validationTimedOut({ flowId, message }) {
      const refusal = { flow: flowId, refusal: message };
      log.rarely('slow flow definition').warn('an update could not be validated in time', refusal);
    },
    stepsIgnored({ sessionId, steps }) {
      metrics.ignoredSteps.inc(steps.length);
      const session = logIdOf(sessionId);
      const first = { ...steps[0] };
      log
        .rarely('ignored steps')
        .warn('steps of a history were ignored', { session, steps: steps.length, ...first });
    },
    lockContended: () => metrics.lockContention.inc(),
    lockWaited: (seconds) => metrics.lockWaitSeconds.observe(seconds),
    lockEnded: (result) => metrics.locks.inc({ result }),
    lockLapsed({ sessionId }) {
      metrics.locks.inc({ result: 'lapsed' });
      log
        .rarely('lapsed lock')
        .warn('a lock ran out without a release', { session: logIdOf(sessionId) });
    },
    lapseUnknown({ sessionId, cause }) {
      const session = logIdOf(sessionId);
      log
        .rarely('lapse unknown')
        .warn('whether a lock ran out is not known', { session, error: cause });
    },
    sessionErased({ sessionId, found }) {
      metrics.erased.inc({ found: `${found}` });
      if (found) metrics.endedSessions.inc({ reason: 'erased' });
      const session = logIdOf(sessionId);
      // A line for each session that is gone; those that never were could be erased without end.
      if (found) log.info('a session was erased', { session });
      else log.rarely('erased nothing').info('there was no session to erase', { session });
    },
    userErasureEnded({ userId, isDone, cause, ...facts }) {
      const erasure = { user: logIdOf(userId), ...facts };
      if (isDone) log.info('the sessions of a user were erased', erasure);
      else
        log.warn('the sessions of a user were not all erased: send the request again', {
          ...erasure,
          error: cause,
        });
    },
    framesQuarantined({ sessionId, names }) {
      metrics.quarantinedFrames.inc(names.length);
      const session = logIdOf(sessionId);
      const frames = { frames: names.length, names: names.slice(0, LOGGED_NAMES_MAX) };
      log.rarely('quarantine').warn('frames were moved into quarantine', { session, ...frames });
    },
    quarantineFailed({ sessionId, cause }) {
      const session = logIdOf(sessionId);
      log
        .rarely('failed quarantine')
        .warn('frames could not be moved into quarantine', { session, error: cause });
    },
    storeRetried: (isSent) => metrics.storeRetries.inc({ result: isSent ? 'sent' : 'withheld' }),
    indexFailed({ sessionId, cause }) {
      const session = logIdOf(sessionId);
      log
        .rarely('user index')
        .warn('the user index could not be written', { session, error: cause });
    },
    updateSpooled({ sessionId, kind }) {
      metrics.spooled.inc({ kind });
      const session = logIdOf(sessionId);
      log.rarely(`spooled ${kind}`).warn('the spool keeps what the store did not take', {
        ...{ session, kind },
      });
    },
    spoolFailed({ isFull, cause }) {
      metrics.spoolFailures.inc({ reason: isFull ? 'full' : 'failed' });
      log.rarely('spool failed').error('the spool did not keep an update', { error: cause });
    },
    updateReplayed({ sessionId, settled, waitedMs }) {
      metrics.spoolWaitSeconds.observe(waitedMs / 1000);
      const session = logIdOf(sessionId);
      const seconds = Math.round(waitedMs / 1000);
      if (isDropReason(settled)) {
        metrics.spoolDropped.inc({ reason: settled });
        const dropped = { session, reason: settled, seconds };
        // Only this one is a loss; the others are what somebody asked for, or was due.
        const rare = log.rarely(`dropped ${settled}`);
        if (settled === 'too_old') rare.error('a spooled update was too old and is lost', dropped);
        else rare.info('a spooled update was dropped', dropped);
        return;
      }
      metrics.spoolReplayed.inc({ result: settled });
      log.debug('a spooled update was replayed', { session, result: settled, seconds });
    },
    watchesChanged({ calls, sessions }) {
      metrics.watches.set(calls);
      metrics.watchedSessions.set(sessions);
    },
    watchEvent: (kind) => metrics.watchEvents.inc({ kind }),
    watchFailed: ({ sessionId, userId, cause }) =>
      log.rarely('watch').warn('what is watched could not be read', {
        ...(sessionId !== undefined && { session: logIdOf(sessionId) }),
        ...(userId !== undefined && { user: logIdOf(userId) }),
        error: cause,
      }),
    watchRead: (kind) => metrics.watchReads.inc({ kind }),
    rowSetAside({ number, problem, cause }) {
      metrics.spoolSetAside.inc({ reason: problem });
      log.error('a row of the spool cannot be replayed, and is kept', {
        ...{ row: number, reason: problem, error: cause },
      });
    },
  };
}
