import type { StoredKey } from '../../store/session-store.ts';
import { inspectionOf, quarantineInspectionFrom } from '../inspect.ts';
import type { ServiceParts } from '../parts.ts';
import type { ReadSession, VerifiedFrame } from '../reading/read-session.ts';
import { mayBeOf } from '../reading/restored-session.ts';
import type { SessionInspection } from '../session-views.ts';
import type { ExportedSession, FrameValues } from './user-export.ts';

/** A session of a user as it is exported; undefined if nothing is kept of it, or it belongs to
 * another user now. `damage`: what of it cannot be read, in words; empty if all can. */
export function exportedSession(
  { key, session }: { key: StoredKey; session: ReadSession | undefined },
  asked: { sessionId: string; userId: string; parts: Pick<ServiceParts, 'settings' | 'flows'> },
): { exported: ExportedSession | undefined; damage: string } {
  const { sessionId, userId, parts } = asked;
  if (session === undefined) return endedSession(sessionId, key);
  if (!mayBeOf(session, userId)) return { exported: undefined, damage: '' };
  const inspection = wholeInspection(session, { key, parts });
  const values = session.frames.flatMap(frameValues);
  const exported: ExportedSession = {
    ...{ kind: 'session', sessionId, inspection, values },
    ...{ quarantine: [], tombstone: undefined },
  };
  return { exported, damage: damageOf(session, key) };
}

/** What is left of a session that is not live. */
function endedSession(sessionId: string, key: StoredKey) {
  const quarantine = key.quarantine.map((frame) => quarantineInspectionFrom(sessionId, frame));
  if (quarantine.length === 0 && key.tombstone === undefined)
    return { exported: undefined, damage: '' };
  const { tombstone } = key;
  const exported: ExportedSession = {
    ...{ kind: 'session', sessionId, inspection: undefined, values: [] },
    ...{ quarantine, tombstone },
  };
  const damage = quarantine.length > 0 ? 'it has ended; frames of it are in quarantine' : '';
  return { exported, damage };
}

/** An inspection with the history as it is kept, not as a flow shows it; and without the fallback
 * of a flow, which is nothing that is kept of a user. */
function wholeInspection(
  session: ReadSession,
  by: { key: StoredKey; parts: Pick<ServiceParts, 'settings' | 'flows'> },
): SessionInspection {
  const inspection = inspectionOf(session, by);
  const { history } = session.state;
  const none = { variables: [], context: [] };
  const state = { ...inspection.state, history, ...(session.outcome === 'fallback' && none) };
  return { ...inspection, state };
}

function frameValues({ stored, read }: VerifiedFrame): FrameValues[] {
  if (read.verdict !== 'sound') return [];
  const { updates } = read.state;
  const variables = updates.flatMap((update) => update.variables);
  const context = updates.flatMap((update) => update.context);
  return [{ frame: stored.name, variables, context }];
}

function damageOf(session: ReadSession, { quarantine }: StoredKey): string {
  const { outcome } = session;
  if (outcome === 'intact') return '';
  const damaged = session.frames.filter(({ read }) => read.verdict !== 'sound').length;
  const howMuch = outcome === 'fallback' ? 'nothing' : 'not all';
  const frames = `${damaged} damaged frames, ${quarantine.length} in quarantine`;
  return `${howMuch} of it can be read: ${frames}; an export that is not redacted has their bytes`;
}
