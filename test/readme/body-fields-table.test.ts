import type { DescMessage } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { WebhookService } from '../../src/gen/cognigy/webhook/v1/webhook_service_pb.ts';
import {
  BODY_FIELDS,
  type BodyField,
  type MethodName,
} from '../../src/transport/webhook/fields.ts';
import { codeSpans, pageTable } from './readme.ts';

const FIELDS: readonly BodyField[] = Object.values(BODY_FIELDS);

test('the table of body fields has the fields of the parser, with their names, in their order', () => {
  const shown = pageTable('flows/fields.md', 'body field').flatMap(
    ([first = '', also = '', of = '']) => {
      const others = codeSpans(also);
      return codeSpans(first).map((name, place, { length }) => ({
        // A row of several fields has the other name of each, if they have any.
        names: [name, ...(length === 1 ? others : others.slice(place, place + 1))],
        of: of.split(', '),
      }));
    },
  );
  expect(shown).toEqual(FIELDS.map(({ names, of }) => ({ names, of })));
});

test.each(WebhookService.methods)('the request of $name has the fields of the parser', (method) => {
  const own = FIELDS.filter(({ of }) => of.includes(method.name as MethodName));
  expect(namesOf(method.input)).toEqual(own.flatMap(({ names }) => names).sort());
});

/** Every name that JSON may have for a field of the message. */
function namesOf(message: DescMessage): string[] {
  const names = message.fields.flatMap(({ name, jsonName }) => [name, jsonName]);
  return [...new Set(names)].sort();
}
