// A conversation as a flow has it with us: the user writes, the flow answers and saves its context,
// as docs/flows/nodes.md says it should (user, execution, inputId, milliseconds); now and then the
// user returns, and the flow restores.

import { createRandom, SESSION_MARK, sentence } from '../example-update.ts';
import type { Message } from '../load/load.ts';
import { restore, save } from '../load/webhook-load.ts';

/** How many saves, of about how many bytes of JSON each, and how many restores, spread evenly. */
export type Conversation = { saves: number; saveBytes: number; restores: number };

const STARTED_MS = Date.parse('2026-06-15T10:00:00Z');
const TURN_MS = 20_000;
const STEPS = 3;
const SENTENCE_WORDS = 12;

/** Its requests in their order. `restored` names the session that is restored, the conversation's
 * own where absent. */
export function messagesOf(
  { saves, saveBytes, restores }: Conversation,
  { restored = SESSION_MARK } = {},
): Message[] {
  const restoresUntil = (turns: number) => Math.floor((turns * restores) / saves);
  return Array.from({ length: saves }, (_, turn) => {
    const isRestored = restoresUntil(turn + 1) > restoresUntil(turn);
    return [save(saveBody(turn, saveBytes)), ...(isRestored ? [restore(restored)] : [])];
  }).flat();
}

/** A turn's save: the keys are the same in each turn, their values are not. */
export function saveBody(turn: number, bytes: number) {
  const random = createRandom(turn + 1);
  const timestamp = STARTED_MS + turn * TURN_MS;
  const context: Record<string, unknown> = {
    intent: sentence(random, 1),
    score: random(10_000) / 1e4,
  };
  const body = {
    sessionId: SESSION_MARK,
    userId: `user-of-${SESSION_MARK}`,
    flowId: 'checkout',
    execution: turn + 1,
    inputId: `input-${String(random(1_000_000_000)).padStart(9, '0')}`,
    timestamp,
    variables: { customerId: 'C-1001', cartTotal: random(100_000) / 100 },
    context,
    history: [] as { nodeId: string; timestamp: string }[],
  };
  const isRoomFor = (more: unknown) =>
    JSON.stringify(body).length + JSON.stringify(more).length <= bytes;
  for (let step = 0; step < STEPS; step++) {
    const at = new Date(timestamp + step).toISOString();
    const visited = { nodeId: `${sentence(random, 1)}_${step}`, timestamp: at };
    if (isRoomFor(visited)) body.history.push(visited);
  }
  for (let slot = 0; ; slot++) {
    const value = { id: `ORD-${random(1_000_000)}`, text: sentence(random, SENTENCE_WORDS) };
    if (!isRoomFor(value)) return body;
    context[`slot${slot}`] = value;
  }
}
