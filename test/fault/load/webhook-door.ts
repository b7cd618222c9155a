// The service as a flow calls it: JSON over HTTP/1.1.

import { SECRET } from '../../support/running-app.ts';
import {
  type Answer,
  type Erased,
  lostAnswer,
  type Persisted,
  type Restored,
  refusalFor,
} from './answers.ts';
import type { UpdateBody } from './update-body.ts';

/** Longer than any fault: a request is answered, or its connection breaks. */
export const GIVE_UP_MS = 60_000;

export type WebhookDoor = {
  persist(body: UpdateBody): Promise<Answer<Persisted>>;
  restore(sessionId: string): Promise<Answer<Restored>>;
  erase(sessionId: string, updateId: string): Promise<Answer<Erased>>;
  /** Done once nothing remains. */
  eraseUser(userId: string): Promise<Answer<Erased>>;
};

export function createWebhookDoor(baseUrl: string): WebhookDoor {
  return {
    async persist(body) {
      const answer = await post('session', { ...body });
      if (answer.is !== 'done') return answer;
      const { status, known, revision = 0, etag = '', durability = '' } = answer.value;
      return { is: 'done', value: { status, known, revision, etag, durability } };
    },
    async restore(sessionId) {
      const answer = await post('restore', { sessionId });
      if (answer.is !== 'done') return answer;
      return { is: 'done', value: answer.value.found ? answer.value : undefined };
    },
    erase: async (sessionId, updateId) => erasedFrom(await post('delete', { sessionId, updateId })),
    async eraseUser(userId) {
      const answer = await post('delete', { userId, allSessions: true });
      const isPartial = answer.is === 'done' && answer.value.remaining > 0;
      return isPartial ? { is: 'unknown', reason: 'erasing' } : erasedFrom(answer);
    },
  };

  // biome-ignore lint/suspicious/noExplicitAny: answers have every shape.
  async function post(route: string, body: object): Promise<Answer<any>> {
    try {
      const response = await fetch(`${baseUrl}/webhook/cognigy/${route}`, {
        method: 'POST',
        headers: { 'x-api-key': SECRET, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(GIVE_UP_MS),
      });
      const value = (await response.json()) as { reason?: string; code?: string };
      if (response.ok) return { is: 'done', value };
      return refusalFor(value.reason ?? value.code ?? `status ${response.status}`);
    } catch (error) {
      return lostAnswer(error);
    }
  }
}

/** The former version does not say how safely an erase is kept. */
function erasedFrom(answer: Answer<{ durability?: string }>): Answer<Erased> {
  if (answer.is !== 'done') return answer;
  return { is: 'done', value: { durability: answer.value.durability ?? 'stored' } };
}
