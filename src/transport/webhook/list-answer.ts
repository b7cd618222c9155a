// A page of a user's sessions as the webhook answers it, and which page is asked for.

import type {
  ListedSession,
  ListedSessions,
  ListPage,
} from '../../service/listing/listed-sessions.ts';
import { invalid } from '../../session/errors.ts';
import { type Field, textFrom } from './body-fields.ts';
import type { WebhookAnswer } from './webhook-call.ts';

const PAGE_SIZE = 20;
const PAGE_SIZE_MAX = 100;

/** The page that a request asks for. Refuses (`invalid`) a size that no page has. */
export function pageFrom(size: Field, token: Field): ListPage {
  const text = textFrom(size);
  const count = text === '' ? PAGE_SIZE : Number(/^\d{1,3}$/.exec(text)?.[0] ?? 0);
  if (count < 1 || count > PAGE_SIZE_MAX)
    throw invalid(size.pointer, `pageSize must be a whole number from 1 to ${PAGE_SIZE_MAX}`);
  return { size: count, token: textFrom(token), skipsUnavailable: false };
}

export function listAnswer({ sessions, nextToken }: ListedSessions): WebhookAnswer {
  const listed = { sessions: sessions.map(sessionJson), nextPageToken: nextToken };
  return { json: JSON.stringify(listed), etag: '' };
}

function sessionJson({ sessionId, flowId, lastEventMs, expiresAtMs, outcome }: ListedSession) {
  return {
    ...{ sessionId, flowId },
    // Undefined is left out.
    lastEvent: lastEventMs === undefined ? undefined : new Date(lastEventMs).toISOString(),
    expiresAt: new Date(expiresAtMs).toISOString(),
    outcome,
  };
}
