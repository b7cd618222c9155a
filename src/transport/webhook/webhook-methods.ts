// The methods of WebhookService. Each takes a body as any wire brings it, and gives the JSON of its
// answer; each wire reads and writes them in its own form. None decides anything.

import type { SessionService } from '../../service/session-service.ts';
import { membersJson } from '../../session/json/members.ts';
import { fieldOf, numberFrom, textFrom } from './body-fields.ts';
import { deleteNamed } from './delete-method.ts';
import { BODY_FIELDS } from './fields.ts';
import { listAnswer, pageFrom } from './list-answer.ts';
import { persistedJson } from './persist-answer.ts';
import { postedUpdateFrom } from './posted-update.ts';
import { preconditionIn } from './precondition.ts';
import { revisionFrom } from './revision.ts';
import { sessionMembers } from './session-answer.ts';
import type { WebhookAnswer, WebhookCall } from './webhook-call.ts';

/** A method: refuses with a Refusal. */
export type WebhookMethod = (call: WebhookCall) => Promise<WebhookAnswer>;

/** The methods, by their names in the generated code. */
export type WebhookMethods = Readonly<
  Record<'save' | 'restore' | 'touch' | 'list' | 'delete', WebhookMethod>
>;

/** Creates the methods. */
export function createWebhookMethods(service: SessionService): WebhookMethods {
  return {
    async save({ receipt, body, headers }) {
      const posted = postedUpdateFrom(body);
      const ifMatch = preconditionIn(headers, posted.ifMatch);
      const persisted = await service.persist(Object.assign(posted, { ifMatch, receipt }));
      const isDoneLater = persisted.durability === 'spooled';
      return { json: persistedJson(persisted), etag: persisted.etag, isDoneLater };
    },

    async restore({ receipt, body }) {
      const sessionId = textFrom(fieldOf(body, BODY_FIELDS.sessionId));
      const userId = textFrom(fieldOf(body, BODY_FIELDS.userId));
      const revision = revisionFrom(fieldOf(body, BODY_FIELDS.revision));
      const session = await service.restore({ receipt, sessionId, userId, revision });
      if (!session) return { json: '{"found":false}', etag: '' };
      return { json: membersJson({ found: true, ...sessionMembers(session) }), etag: session.etag };
    },

    async touch({ receipt, body }) {
      const sessionId = textFrom(fieldOf(body, BODY_FIELDS.sessionId));
      const ttlSeconds = numberFrom(fieldOf(body, BODY_FIELDS.ttl));
      const touched = await service.touch({ receipt, sessionId, ttlSeconds });
      if (touched.found) return { json: JSON.stringify(touched), etag: '' };
      return { json: JSON.stringify({ found: false, erased: touched.isErased }), etag: '' };
    },

    async list({ receipt, body }) {
      const userId = textFrom(fieldOf(body, BODY_FIELDS.userId));
      const page = pageFrom(
        fieldOf(body, BODY_FIELDS.pageSize),
        fieldOf(body, BODY_FIELDS.pageToken),
      );
      return listAnswer(await service.userSessions({ receipt, userId, page }));
    },

    delete: async (call) => deleteNamed(service, call),
  };
}
