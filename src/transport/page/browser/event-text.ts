import { enumText, timeText } from './format.ts';
import type { WatchEvent } from './messages.ts';

/** What happened, in a sentence; undefined for what needs none. */
export function eventText(event: WatchEvent): string | undefined {
  const { update, reset, erased, expired, locked, unlocked } = event;
  if (update) {
    const { revision, flowId, variables = [], context = [] } = update;
    const removed = [...(update.removedVariables ?? []), ...(update.removedContext ?? [])];
    return [
      `Revision ${revision}`,
      flowId ? ` by ${flowId}` : '',
      listText(': sets ', [...variables, ...context]),
      listText(variables.length + context.length > 0 ? '; removes ' : ': removes ', removed),
    ].join('');
  }
  if (reset) {
    const reason = enumText(reset.reason, 'WATCH_RESET_REASON_');
    return reason === 'started' ? undefined : `Read again: ${reason}`;
  }
  if (erased) return 'The session was erased.';
  if (expired) return 'The session has expired.';
  if (locked) return `Locked until ${timeText(locked.lockedUntil ?? '')}`;
  if (unlocked) return unlocked.lapsed ? 'The lock has run out.' : 'The lock was released.';
  return undefined;
}

function listText(intro: string, names: readonly string[]): string {
  return names.length === 0 ? '' : intro + names.join(', ');
}
