import type { Cost } from '../rounds.ts';
import { median, type Row, rowOf } from '../table/result-table.ts';
import type { Conversation } from './turns.ts';

/** What a conversation costs the service, as a share of what it costs the floor. */
export function conversationRow(
  conversation: Conversation,
  { service, floor }: { service: readonly Cost[]; floor: readonly Cost[] },
  limit: Pick<Row, 'atLeast'> = {},
): Row {
  const ms = (of: 'serverUs' | 'redisUs') => median(service.map((cost) => cost[of])) / 1000;
  return rowOf(
    `conversation: ${titleOf(conversation)}`,
    service.map(({ serverUs }, round) => (floor[round]?.serverUs ?? Number.NaN) / serverUs),
    {
      unit: ' of floor',
      note: `${ms('serverUs').toFixed(2)} ms of CPU, Redis ${ms('redisUs').toFixed(2)} ms`,
      ...limit,
    },
  );
}

/** Such as "20 saves of 1 kB, 2 restores". */
export function titleOf({ saves, saveBytes, restores }: Conversation): string {
  const size = saveBytes < 1000 ? `${saveBytes} B` : `${saveBytes / 1000} kB`;
  return `${saves} saves of ${size}, ${restores} restore${restores === 1 ? '' : 's'}`;
}
