// What is known of a session besides its values.

import { type Child, element } from './element.ts';
import { badge, code, type Fact, factList, timeView } from './fact-list.ts';
import { countText, enumText, sizeText } from './format.ts';
import type { Inspection } from './messages.ts';

/** What a reader should see first: whether all could be read, and what keeps callers out. */
export function sessionBadges(inspection: Inspection): HTMLElement {
  const { state, lockedUntil, quarantine = [], tombstone } = inspection;
  const outcome = enumText(state?.outcome, 'OUTCOME_');
  const kinds: Record<string, 'ok' | 'warn' | 'bad'> = { intact: 'ok', recovered: 'warn' };
  return element(
    'p',
    { class: 'badges' },
    badge(outcome, kinds[outcome] ?? 'bad'),
    lockedUntil !== undefined && badge('locked', 'warn'),
    quarantine.length > 0 && badge(`${quarantine.length} in quarantine`, 'bad'),
    !inspection.isWhole && badge('frames are missing', 'bad'),
    tombstone !== undefined && badge('erased before', 'plain'),
    (state?.spooledUpdates ?? 0) > 0 && badge(`${state?.spooledUpdates} in the spool`, 'warn'),
  );
}

/** All facts; those that are seldom asked for open on request. */
export function sessionFacts(inspection: Inspection): HTMLElement {
  const { state = {}, rememberedRemovals: removals = {}, tombstone } = inspection;
  const first: Fact[] = [
    ['User', code(state.userId)],
    ['Flow', code(state.flowId)],
    ['Last event', timeView(state.timestamp)],
    ['Expires', timeView(inspection.expiresAt)],
    ['Locked until', timeView(inspection.lockedUntil)],
    ['Damaged fields', list(inspection.damagedFields)],
    ['Unknown fields', list(inspection.unknownFields)],
    ['Erased before', timeView(tombstone?.erasedAt)],
    ['Tombstone until', timeView(tombstone?.expiresAt)],
  ];
  const others: Fact[] = [
    ['Received', timeView(state.lastUpdated)],
    ['Created', timeView(inspection.createdAt)],
    ['Stored', storedText(inspection)],
    ['Removed keys remembered', removalsText(removals)],
    ['Name in logs', code(inspection.logId)],
    ['Entity tag', code(state.etag)],
    ['Incarnation', code(inspection.incarnation)],
  ];
  return element(
    'div',
    {},
    factList(first),
    element('details', {}, element('summary', {}, 'More'), factList(others)),
  );
}

function storedText({ frames = [], snapshotBytes = 0, deltaBytes = 0 }: Inspection): string {
  const size = sizeText(snapshotBytes + deltaBytes);
  const ofSnapshots = snapshotBytes > 0 ? `, ${sizeText(snapshotBytes)} of them snapshots` : '';
  return `${countText(frames.length, 'frame')}, ${size}${ofSnapshots}`;
}

function removalsText({ variables = 0, context = 0 }: { variables?: number; context?: number }) {
  if (variables + context === 0) return undefined;
  return `${countText(variables, 'variable')}, ${context} of the context`;
}

function list(names: readonly string[] = []): Child {
  return names.length === 0 ? undefined : code(names.join(', '));
}
