// The output of the repair command: ids and sizes, never contents.

import { logIdOf } from '../session/log-id.ts';
import type { StoredKey } from '../store/session-store.ts';
import type { PlannedFrame } from './repair-plan.ts';

/** What is stored under a session's key, and what would be moved: a line for the whole and one per
 * frame. */
export function reportText(
  sessionId: string,
  key: StoredKey,
  plan: readonly PlannedFrame[],
): string {
  const lines = [`session ${logIdOf(sessionId)}: ${wholeText(key)}`, ...plan.map(frameText)];
  return lines.map((line) => `${line}\n`).join('');
}

function wholeText(key: StoredKey): string {
  const { nowMs, session, lockedUntilMs, tombstone, quarantine } = key;
  const damaged = [...(session?.damage ?? []), ...key.damage];
  const life = session
    ? `live, revision ${session.revision}, expires ${instantText(session.expiresAtMs)}`
    : 'not live';
  return [
    life,
    ...(lockedUntilMs === undefined ? [] : [`locked for ${lockedUntilMs - nowMs} ms`]),
    ...(tombstone === undefined ? [] : [`erased ${instantText(tombstone.instantMs)}`]),
    `${session?.frames.length ?? 0} frames`,
    `${quarantine.length} in quarantine`,
    ...(session?.isWhole === false ? ['frames are missing or misplaced'] : []),
    ...(damaged.length > 0 ? [`damaged: ${damaged.join(' ')}`] : []),
    ...(key.unknownFields.length > 0 ? [`unknown fields: ${key.unknownFields.length}`] : []),
  ].join(', ');
}

function frameText({ place, stored, read, move }: PlannedFrame): string {
  const { name, kind, revision, bytes } = stored;
  const what = `${kind} ${name}, revision ${revision}, ${bytes.length} bytes, ${read.verdict}`;
  const title = place === 'frames' ? 'frame' : 'quarantined';
  return `  ${title}: ${what}${move === undefined ? '' : ` -> ${move}`}`;
}

function instantText(instantMs: number): string {
  return new Date(instantMs).toISOString();
}
