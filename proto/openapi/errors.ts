// The webhook's errors as responses of OpenAPI, by the table of refusals.

import { ERROR_TYPES, type ErrorType } from '../../src/session/errors.ts';
import { connectStatusOfReason, REFUSALS } from '../../src/transport/refusals.ts';
import type { MethodName } from '../../src/transport/webhook/fields.ts';

type Response = { description: string; content: object };

const ANY = [
  ...(['invalid', 'unauthenticated', 'wrong_credential', 'wrong_bearer', 'too_large'] as const),
  ...(['unsupported_media_type', 'unavailable', 'overloaded', 'internal'] as const),
];
const WRITE = ['conflict', 'outcome_unknown'] as const;

/** Why each method may be refused. */
const REASONS: Readonly<Record<MethodName, readonly ErrorType[]>> = {
  Save: [...ANY, ...WRITE, 'forbidden', 'schema_violation', 'id_reused', 'locked', 'lock_lost'],
  Restore: [...ANY, 'forbidden', 'compacted', 'outcome_unknown'],
  Touch: ANY,
  List: [...ANY, 'forbidden'],
  Delete: [...ANY, ...WRITE],
};

/** The error responses of a method, by HTTP status: in Connect's form, or in that of the other
 * routes, which may have reasons of their own. */
export function errorResponses(
  method: MethodName,
  { onConnect, more = [] }: { onConnect: boolean; more?: readonly ErrorType[] },
): Record<string, Response> {
  const reasons = ERROR_TYPES.filter((type) => [...REASONS[method], ...more].includes(type));
  const byStatus = Map.groupBy(reasons, (reason) =>
    onConnect ? connectStatusOfReason(reason) : REFUSALS[reason].status,
  );
  const schema = onConnect ? 'ConnectError' : 'Error';
  const content = { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } };
  return Object.fromEntries(
    [...byStatus].map(([status, own]) => [
      String(status),
      { description: own.map(textOf).join(' '), content },
    ]),
  );
}

/** The schemas of both forms. */
export const ERROR_SCHEMAS = {
  Error: {
    description: 'An error of a route that is no Connect path.',
    type: 'object',
    required: ['error', 'code', 'reason', 'details'],
    properties: {
      error: { description: 'What was refused, and what to do; for people.', type: 'string' },
      code: { description: "Connect's code.", type: 'string' },
      reason: { description: 'Why, finer than the code.', enum: ERROR_TYPES },
      details: {
        description: 'What exactly is wrong.',
        type: 'array',
        items: {
          type: 'object',
          properties: {
            pointer: { description: 'JSON pointer into the body.', type: 'string' },
            message: { type: 'string' },
          },
        },
      },
      etag: { description: 'Of the session that was met; empty if there is none.', type: 'string' },
      revision: { type: 'integer' },
      oldestRevision: { description: 'The earliest that can be restored.', type: 'integer' },
      retryAfterMs: { description: 'When another try may help.', type: 'integer' },
    },
  },
  ConnectError: {
    description: 'An error of a Connect path.',
    type: 'object',
    required: ['code', 'message', 'details'],
    properties: {
      code: { description: "Connect's code.", type: 'string' },
      message: { description: 'What was refused, and what to do; for people.', type: 'string' },
      details: {
        description:
          'Messages of protobuf: `cognigy.session.v1.RefusalInfo` has the reason and what a program ' +
          'needs to act on it, `buf.validate.Violations` what exactly is wrong. `debug` is the ' +
          'message in JSON.',
        type: 'array',
        items: {
          type: 'object',
          required: ['type', 'value'],
          properties: {
            type: { type: 'string' },
            value: { description: 'The message, in base64.', type: 'string' },
            debug: { type: 'object' },
          },
        },
      },
    },
  },
} as const;

function textOf(reason: ErrorType): string {
  const { who, repeat } = REFUSALS[reason];
  const again = {
    no: '',
    later: '; send it again later',
    'with its id': '; repeat it with its id',
  };
  return `\`${reason}\` (for the ${who.join(' or ')}${again[repeat]}).`.replace('the us', 'us');
}
