// Timeline: the stored frames of a session in order, with what each update changed, and what waits
// in the spool of this process. One read; changes nothing.

import { checkId } from '../../session/identifier.ts';
import type { Compactor } from '../compacting/compactor.ts';
import type { ServiceParts } from '../parts.ts';
import { reportRead } from '../reading/read-session.ts';
import type { SessionReading } from '../reading/session-reading.ts';
import type { SessionService } from '../session-service.ts';
import { VALUE_BYTES_DEFAULT } from './shown-value.ts';
import { mergedUpToRevision } from './sources.ts';
import { timelineEntries } from './timeline-entries.ts';
import { pageOf } from './timeline-page.ts';

export function createTimeline(
  parts: ServiceParts,
  { compactor, reading }: { compactor: Compactor; reading: SessionReading },
): SessionService['timeline'] {
  return async function timeline({ receipt, sessionId, ...page }) {
    checkId(sessionId, { pointer: '/sessionId', required: true });
    const { key, session } = await reading.loadKey(parts.store.within(receipt), sessionId, 0);
    if (!session) return undefined;
    reportRead(parts.observer, session, key.damage);
    compactor.sessionRead(session);
    const valueMaxBytes = page.valueMaxBytes || VALUE_BYTES_DEFAULT;
    return {
      sessionId,
      ...pageOf(timelineEntries(session, key), { ...page, valueMaxBytes }),
      revision: session.revision,
      mergedUpToRevision: mergedUpToRevision(session),
      outcome: session.outcome,
    };
  };
}
