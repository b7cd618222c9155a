// The same updates, as each service takes them: bodies, names of the routes and credentials differ.

import { SESSION_MARK, turnBody } from '../example-update.ts';
import type { Message } from '../load/load.ts';
import { restore, save } from '../load/webhook-load.ts';
import { SECRET } from '../servers/start.ts';

/** One update of about 1 kB and one restore, with a peer and with us. */
export type PeerMessages = Record<'save' | 'restore', { peer: Message; ours: Message }> & {
  headers: Record<string, string>;
};

const { history, variables, context, ...turn } = turnBody();
const JSON_TYPE = { 'content-type': 'application/json' };

/** Variables and context are objects of any depth; whole seconds. */
export const PYTHON: PeerMessages = {
  save: both('/webhook/cognigy/session', {
    peer: '"accepted"',
    body: { ...turn, variables, context, timestamp: Date.parse(turn.timestamp) / 1000 },
  }),
  restore: {
    peer: got(`/debug/session/${SESSION_MARK}`, '"variables"'),
    ours: restore(),
  },
  headers: { ...JSON_TYPE, 'x-cognigy-webhook-token': SECRET },
};

/** Only a context, whose values become texts, and a history. */
export const JAVA: PeerMessages = {
  save: both('/webhook/cognigy/session-update', {
    peer: '',
    body: {
      sessionId: turn.sessionId,
      context: Object.fromEntries(
        Object.entries({ ...variables, ...context }).map(([key, value]) => [key, textOf(value)]),
      ),
      history,
      timestamp: turn.timestamp,
    },
  }),
  restore: {
    peer: got(`/api/v1/state/${SESSION_MARK}/restore`, '"context"'),
    ours: restore(),
  },
  headers: { ...JSON_TYPE, authorization: `Bearer ${SECRET}` },
};

function both(path: string, { peer, body }: { peer: string; body: object }) {
  const ours = save(body, path);
  return { ours, peer: { ...ours, answerHolds: peer } };
}

function got(path: string, answerHolds: string): Message {
  return { method: 'GET', path, body: Buffer.alloc(0), answerHolds };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
