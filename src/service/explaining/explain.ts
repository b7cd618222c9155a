// Explain: why a value of a session is what it is. One read; changes nothing.

import { parseStatePointer } from '../../session/explaining/state-pointer.ts';
import { checkId } from '../../session/identifier.ts';
import type { Compactor } from '../compacting/compactor.ts';
import type { ServiceParts } from '../parts.ts';
import { reportRead } from '../reading/read-session.ts';
import { restoredSessionFrom } from '../reading/restored-session.ts';
import type { SessionReading } from '../reading/session-reading.ts';
import { checkRevision } from '../reading/view-at.ts';
import type { SessionService } from '../session-service.ts';
import { explainFallback, explainKey, type ValueBounds } from './explain-key.ts';
import { explainVisit } from './explain-visit.ts';
import { VALUE_BYTES_DEFAULT } from './shown-value.ts';
import { mergedUpToRevision } from './sources.ts';

export function createExplain(
  parts: ServiceParts,
  { compactor, reading }: { compactor: Compactor; reading: SessionReading },
): SessionService['explain'] {
  return async function explain({ receipt, sessionId, pointer, revision, ...shown }) {
    checkId(sessionId, { pointer: '/sessionId', required: true });
    checkRevision(revision);
    const target = parseStatePointer(pointer);
    const store = parts.store.within(receipt);
    const { key, session } = await reading.loadKey(store, sessionId, revision);
    if (!session) return undefined;
    reportRead(parts.observer, session, key.damage);
    compactor.sessionRead(session);
    const answer = {
      ...{ sessionId, pointer, revision: session.revision, outcome: session.outcome },
      mergedUpToRevision: mergedUpToRevision(session),
    };
    const bounds = boundsOf(shown);
    if (session.outcome === 'fallback')
      return { ...answer, ...explainFallback(target, restoredSessionFrom(session, parts), bounds) };
    if (target.part === 'history') return { ...answer, ...explainVisit(target, session, bounds) };
    return { ...answer, ...explainKey(target, session, bounds) };
  };
}

function boundsOf({
  valueMaxBytes,
  wholeValue,
}: {
  valueMaxBytes: number;
  wholeValue: boolean;
}): ValueBounds {
  if (wholeValue) return { inEffectMaxBytes: Number.POSITIVE_INFINITY, othersMaxBytes: 0 };
  const maxBytes = valueMaxBytes || VALUE_BYTES_DEFAULT;
  return { inEffectMaxBytes: maxBytes, othersMaxBytes: maxBytes };
}
