// google.protobuf.Struct written from the JSON texts that a session keeps (their fields are in
// protobuf-tags.ts).

import type { JsonValue } from '@bufbuild/protobuf';
import { type BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { parseJson } from '../../session/json/parse.ts';
import type { KeyValue } from '../../session/json/value.ts';
import {
  BOOL,
  ENTRY,
  ENTRY_KEY,
  ENTRY_VALUE,
  LIST,
  LIST_ITEM,
  NULL,
  NUMBER,
  STRUCT,
  TEXT,
  tagOf,
} from './protobuf-tags.ts';

/** Writes a Struct with these entries as a field. */
export function writeStruct(
  writer: BinaryWriter,
  fieldNumber: number,
  entries: readonly KeyValue[],
): void {
  writer.uint32(tagOf(fieldNumber, WireType.LengthDelimited)).fork();
  for (const { key, json } of entries) writeField(writer, key, parseJson(json) as JsonValue);
  writer.join();
}

function writeField(writer: BinaryWriter, key: string, value: JsonValue): void {
  writer.uint32(ENTRY).fork().uint32(ENTRY_KEY).string(key).uint32(ENTRY_VALUE).fork();
  writeValue(writer, value);
  writer.join().join();
}

function writeValue(writer: BinaryWriter, value: JsonValue): void {
  switch (typeof value) {
    case 'number':
      writer.uint32(NUMBER).double(value);
      return;
    case 'string':
      writer.uint32(TEXT).string(value);
      return;
    case 'boolean':
      writer.uint32(BOOL).bool(value);
      return;
  }
  if (value === null) writer.uint32(NULL).uint32(0);
  else if (Array.isArray(value)) {
    writer.uint32(LIST).fork();
    for (const item of value) {
      writer.uint32(LIST_ITEM).fork();
      writeValue(writer, item);
      writer.join();
    }
    writer.join();
  } else {
    writer.uint32(STRUCT).fork();
    for (const key of Object.keys(value)) writeField(writer, key, value[key] as JsonValue);
    writer.join();
  }
}
