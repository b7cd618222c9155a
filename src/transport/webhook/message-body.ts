// A request of WebhookService in binary protobuf as a body: what its JSON would be.

import type { Message } from '@bufbuild/protobuf';
import { isMessage } from '@bufbuild/protobuf';
import { type Value, ValueSchema } from '@bufbuild/protobuf/wkt';
import { invalid } from '../../session/errors.ts';
import type { Body } from './read-body.ts';

/** The body that a request message stands for. Fields that are not set are not sent. Refuses
 * (`invalid`) a Value without a kind. */
export function bodyFrom({ $typeName, ...fields }: Message & Record<string, unknown>): Body {
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields))
    values[name] = isMessage(value, ValueSchema) ? plainFrom(value, `/${name}`) : value;
  return { values, repeated: new Set() };
}

/** The JSON value of a message. NaN and infinities stay, to be refused with their place. */
function plainFrom({ kind }: Value, pointer: string): unknown {
  switch (kind.case) {
    case 'structValue':
      return objectFrom(kind.value.fields, pointer);
    case 'listValue':
      return kind.value.values.map((value) => plainFrom(value, pointer));
    case 'nullValue':
      return null;
    case undefined:
      throw invalid(pointer, `${pointer.slice(1)} holds a google.protobuf.Value without a kind`);
    default:
      return kind.value;
  }
}

// Object.fromEntries, unlike assignment, makes an own property of every key, `__proto__` included.
function objectFrom(fields: Record<string, Value>, pointer: string): object {
  const entries = Object.entries(fields);
  return Object.fromEntries(entries.map(([key, value]) => [key, plainFrom(value, pointer)]));
}
