// A request of WebhookService in binary protobuf as a body: what its JSON would be.

import type { Message } from '@bufbuild/protobuf';
import { jsonValueOf } from '../wires/value-message.ts';
import { type Body, NO_BODY } from './read-body.ts';

/** The body that a request message stands for. Fields that are not set are not sent. Refuses
 * (`invalid`) a Value without a kind. */
export function bodyFrom(message: Message): Body {
  const { $typeName, ...fields }: Message & Record<string, unknown> = { ...message };
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) values[name] = jsonValueOf(value, `/${name}`);
  return { ...NO_BODY, values };
}
