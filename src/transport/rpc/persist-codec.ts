// Persist between the wire and commands. Variables and context are read directly as the JSON texts
// that a session keeps; generated code, which would make objects of them first, reads the rest.

import { create, fromBinary, fromJson, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import {
  PersistRequestSchema,
  PersistResponseSchema,
} from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type { Persisted } from '../../service/session-service.ts';
import { keyValuesFrom } from '../../session/json/value.ts';
import { jsonValueFrom } from '../wires/json-text.ts';
import { BINARY_OPTIONS, type Codec, JSON_OPTIONS } from '../wires/method.ts';
import { keyValuesFromStruct } from '../wires/struct-reader.ts';
import { type PersistInput, persistInputFrom, persistResponse } from './persist-message.ts';

export const PERSIST_CODEC: Codec<PersistInput, Persisted> = {
  readBinary,
  readJson: (bytes) => inputFromJson(jsonValueFrom(bytes)),
  writeBinary: (persisted) => toBinary(PersistResponseSchema, messageOf(persisted)),
  writeJson: (persisted) => JSON.stringify(toJson(PersistResponseSchema, messageOf(persisted))),
};

const { variables: VARIABLES, context: CONTEXT } = PersistRequestSchema.field;

function readBinary(bytes: Uint8Array): PersistInput {
  const variables: Uint8Array[] = [];
  const context: Uint8Array[] = [];
  /** The bytes of the other fields. */
  const others: Uint8Array[] = [];
  let othersStart = 0;
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [field, wireType] = reader.tag();
    const isStruct = field === VARIABLES.number || field === CONTEXT.number;
    if (!isStruct || wireType !== WireType.LengthDelimited) {
      reader.skip(wireType, field);
      continue;
    }
    others.push(bytes.subarray(othersStart, start));
    (field === VARIABLES.number ? variables : context).push(reader.bytes());
    othersStart = reader.pos;
  }
  others.push(bytes.subarray(othersStart));
  const message = fromBinary(PersistRequestSchema, Buffer.concat(others), BINARY_OPTIONS);
  return {
    ...persistInputFrom(message),
    variables: entriesFrom(variables, '/variables'),
    context: entriesFrom(context, '/context'),
  };
}

/** A message that is sent in pieces is their sum. */
function entriesFrom(pieces: readonly Uint8Array[], pointer: string) {
  return pieces.length === 0 ? undefined : keyValuesFromStruct(Buffer.concat(pieces), pointer);
}

/** The request that a JSON value says, as generated code reads it. */
export function inputFromJson(value: JsonValue): PersistInput {
  if (!isObject(value)) return persistInputFrom(fromJson(PersistRequestSchema, value));
  const { variables, context, ...others } = value;
  // Another value than an object is left to generated code, which says what is wrong with it.
  if (!isObject(variables ?? {}) || !isObject(context ?? {}))
    return persistInputFrom(fromJson(PersistRequestSchema, value, JSON_OPTIONS));
  return {
    ...persistInputFrom(fromJson(PersistRequestSchema, others, JSON_OPTIONS)),
    variables: isObject(variables) ? keyValuesFrom(variables, '/variables') : undefined,
    context: isObject(context) ? keyValuesFrom(context, '/context') : undefined,
  };
}

function isObject(value: JsonValue | undefined): value is Record<string, JsonValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function messageOf(persisted: Persisted) {
  return create(PersistResponseSchema, persistResponse(persisted));
}
