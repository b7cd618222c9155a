// Structs as bytes, and what generated code makes of them.

import { create, fromBinary, type JsonObject, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { PersistRequestSchema } from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { Refusal } from '../../../src/session/errors.ts';
import { type KeyValue, keyValuesFrom } from '../../../src/session/json/value.ts';
import { tagOf } from '../../../src/transport/wires/protobuf-tags.ts';
import { keyValuesFromStruct } from '../../../src/transport/wires/struct-reader.ts';

export const VARIABLES = PersistRequestSchema.field.variables.number;

/** A Struct's bytes, as generated code writes them. */
export function structBytes(variables: JsonObject): Uint8Array {
  const message = create(PersistRequestSchema, { variables });
  const bytes = toBinary(PersistRequestSchema, message);
  const headBytes = 1 + lengthBytes(bytes);
  return bytes.subarray(headBytes);
}

function lengthBytes(bytes: Uint8Array): number {
  let count = 1;
  while ((bytes[count] ?? 0) >= 0x80) count += 1;
  return count;
}

/** What generated code reads of a Struct, as a session keeps it. */
export function generated(bytes: Uint8Array) {
  const writer = new BinaryWriter().uint32(tagOf(VARIABLES, WireType.LengthDelimited)).bytes(bytes);
  const { variables = {} } = fromBinary(PersistRequestSchema, writer.finish());
  return keyValuesFrom(variables, '/variables');
}

/** The same, as this service reads it. */
export function readEntries(bytes: Uint8Array) {
  return textsOf(keyValuesFromStruct(bytes, '/variables'));
}

/** Entries with their values as texts, also those that are kept as bytes. */
export function textsOf(entries: readonly KeyValue[]): KeyValue[] {
  return entries.map(({ key, json }) => ({ key, json }));
}

export function refusalOf(read: () => unknown): Refusal {
  try {
    read();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
