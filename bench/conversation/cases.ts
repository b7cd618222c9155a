import type { RedisServer } from '../../test/support/redis-server.ts';
import { sessionName } from '../example-update.ts';
import type { LoadProcess, Message } from '../load/load.ts';
import { save, webhookLoad } from '../load/webhook-load.ts';
import type { Case } from '../rounds.ts';
import type { ServerProcess } from '../servers/start.ts';
import { type Conversation, messagesOf, saveBody } from './turns.ts';

/** The one that counts most, first; then shorter and longer ones, with less and more to save. */
export const CONVERSATIONS = [
  { saves: 20, saveBytes: 1000, restores: 2 },
  { saves: 3, saveBytes: 1000, restores: 1 },
  { saves: 100, saveBytes: 1000, restores: 10 },
  { saves: 20, saveBytes: 200, restores: 2 },
  { saves: 20, saveBytes: 20_000, restores: 2 },
] as const satisfies Conversation[];

/** Fewer cost too little to be measured. */
const CONVERSATIONS_MIN = 40;
const FIRST_SESSION = 3_000_000_000;
const RESTORED_BY_FLOOR = 9_999_999_999;

/** Conversations with the service, or any checkout of it; the unit is one of them. Empties Redis
 * before each round. */
export function withService(
  server: ServerProcess,
  conversation: Conversation,
  redis: RedisServer,
): Case {
  return {
    ...conversationCase(server, messagesOf(conversation)),
    redis: [redis],
    prepare: async () => {
      await redis.client.flushall();
    },
  };
}

/** The same with the floor, which restores a session of one save: it merges nothing. */
export function withFloor(
  floor: ServerProcess,
  conversation: Conversation,
  { redis, loadProcess }: { redis: RedisServer; loadProcess: LoadProcess },
): Case {
  const restored = { firstSession: RESTORED_BY_FLOOR, sessions: 1 };
  const saved = save(saveBody(0, conversation.saveBytes));
  return {
    ...conversationCase(
      floor,
      messagesOf(conversation, { restored: sessionName(RESTORED_BY_FLOOR) }),
    ),
    redis: [redis],
    prepare: async () => {
      await redis.client.flushall();
      const once = { firstRequest: 0, requests: 1, inFlight: 1 };
      await loadProcess.run({ ...webhookLoad(floor.port, saved, restored), ...once });
    },
  };
}

/** A round has as many conversations as its number of requests allows, and always new ones. All of
 * them take a turn before any takes the next, and what a turn triggers is done before the next one,
 * as between people who write every few seconds: a server that is never idle would leave
 * compactions out. */
function conversationCase(server: ServerProcess, messages: Message[]): Case {
  let firstSession = FIRST_SESSION;
  return {
    server,
    work({ requests }) {
      const sessions = Math.max(CONVERSATIONS_MIN, Math.round(requests / messages.length));
      const numbers = { firstRequest: 0, requests: sessions };
      const loads = messages.map((message) => ({
        ...webhookLoad(server.port, message, { firstSession, sessions }),
        ...numbers,
      }));
      firstSession += sessions;
      return { loads, units: sessions };
    },
  };
}
