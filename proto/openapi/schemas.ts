// The webhook's messages as JSON Schema: requests as leniently as bodies are read, by the table of
// fields, and answers as they are written, by the proto.

import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { WebhookService } from '../../src/gen/cognigy/webhook/v1/webhook_service_pb.ts';
import { ID_MAX_LENGTH } from '../../src/session/limits.ts';
import {
  BODY_FIELDS,
  type BodyField,
  type FieldForm,
  type MethodName,
  STEP_FIELDS,
} from '../../src/transport/webhook/fields.ts';

type Schema = Record<string, unknown>;
type Comments = ReadonlyMap<string, string>;

/** What each form of a field may be. Null is as good as nothing. */
const FORMS: Record<FieldForm, Schema> = {
  id: { type: ['string', 'integer', 'null'], maxLength: ID_MAX_LENGTH },
  count: { type: ['integer', 'string', 'null'], minimum: 0, pattern: '^\\d*$' },
  time: {
    anyOf: [
      { type: ['string', 'number', 'null'] },
      { type: 'object', properties: { ISODate: { type: 'string' } }, required: ['ISODate'] },
    ],
  },
  object: { type: ['object', 'string', 'null'] },
  keys: { type: ['array', 'string', 'null'], items: { type: 'string' } },
  steps: { type: ['array', 'string', 'null'], items: { $ref: '#/components/schemas/PostedStep' } },
  flag: { type: ['boolean', 'null'] },
  token: { type: ['string', 'null'] },
};

/** Fields that an answer always has; every other one may be missing. */
const ALWAYS: Readonly<Record<string, readonly string[]>> = {
  SaveResponse: ['status', 'sessionId', 'known'],
  RestoreResponse: ['found'],
  TouchResponse: ['found'],
  ListResponse: ['sessions', 'nextPageToken'],
  DeleteResponse: ['status'],
};

/** The schemas of requests, answers, and of what is in them. */
export function messageSchemas(comments: Comments): Record<string, Schema> {
  const schemas: Record<string, Schema> = { PostedStep: stepSchema() };
  for (const { name, input, output } of WebhookService.methods) {
    schemas[input.name] = requestSchema(name as MethodName, input, comments);
    addAnswer(output);
  }
  return schemas;

  function addAnswer(message: DescMessage): void {
    if (schemas[message.name]) return;
    schemas[message.name] = answerSchema(message, comments);
    for (const { message: inner } of message.fields)
      if (inner?.typeName.startsWith('cognigy.')) addAnswer(inner);
  }
}

function requestSchema(method: MethodName, message: DescMessage, comments: Comments): Schema {
  const fields: BodyField[] = Object.values(BODY_FIELDS).filter((field: BodyField) =>
    field.of.includes(method),
  );
  const properties = fields.flatMap(({ names, form }) => {
    const [name, ...others] = names;
    const field = message.fields.find(({ jsonName }) => jsonName === name);
    const description = comments.get(`${message.typeName}.${field?.name}`);
    return [
      [name, { description, ...FORMS[form] }] as const,
      ...others.map((other) => {
        const same = { description: `Another name of \`${name}\`.`, ...FORMS[form] };
        return [other, same] as const;
      }),
    ];
  });
  const description = comments.get(message.typeName);
  return { description, type: 'object', properties: Object.fromEntries(properties) };
}

function stepSchema(): Schema {
  const properties = Object.values(STEP_FIELDS).flatMap(({ names, form }) =>
    names.map((name) => [name, FORMS[form]] as const),
  );
  return {
    description: 'One visited node. A step that cannot be used is left out of the history.',
    type: 'object',
    properties: Object.fromEntries(properties),
  };
}

function answerSchema(message: DescMessage, comments: Comments): Schema {
  const properties = message.fields.map((field) => {
    const description = comments.get(`${message.typeName}.${field.name}`);
    return [field.jsonName, { description, ...fieldSchema(field) }] as const;
  });
  const required = ALWAYS[message.name];
  return {
    description: comments.get(message.typeName),
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required && { required }),
    additionalProperties: false,
  };
}

function fieldSchema(field: DescField): Schema {
  if (field.fieldKind === 'list') return { type: 'array', items: typeSchema(field) };
  return typeSchema(field);
}

function typeSchema(field: DescField): Schema {
  const { message, scalar } = field;
  switch (message?.typeName ?? scalar) {
    case 'google.protobuf.Struct':
      return { type: 'object' };
    case 'google.protobuf.Value':
      return { type: ['string', 'integer'] };
    case 'google.protobuf.Timestamp':
      return { type: 'string', format: 'date-time' };
    case ScalarType.STRING:
      return { type: 'string' };
    case ScalarType.BOOL:
      return { type: 'boolean' };
    case ScalarType.UINT32:
      return { type: 'integer', minimum: 0 };
    case ScalarType.DOUBLE:
      return { type: 'number' };
    default:
      if (message) return { $ref: `#/components/schemas/${message.name}` };
      throw new Error(`there is no schema for ${field}`);
  }
}
