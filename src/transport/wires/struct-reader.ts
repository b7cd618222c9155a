// google.protobuf.Struct from its bytes directly to JSON text, as a session keeps it.
//
// A Struct as every library writes it is read here. Generated code reads all others, and decides
// what is wrong with them: fields in another order or more than once, unknown fields, what a session
// cannot hold, bytes that are not a Struct.

import { fromBinary } from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { StructSchema } from '@bufbuild/protobuf/wkt';
import { type KeyValue, keyValuesFrom } from '../../session/json/value.ts';
import { JSON_VALUES_MAX, UPDATE_KEYS_MAX, VALUE_MAX_DEPTH } from '../../session/limits.ts';
import { BINARY_OPTIONS } from './method.ts';
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
} from './protobuf-tags.ts';
import { jsonFromStruct } from './value-message.ts';

/** Names that an object of JavaScript puts first. */
const ARRAY_INDEX = /^(?:0|[1-9]\d{0,9})$/;
/** Up to this many names, comparing each with each is faster than a set. */
const FEW_NAMES = 8;

/**
 * The entries of a Struct, in key order. `pointer` is where it is in the request. Refuses what
 * keyValuesFrom (session/json/value.ts) refuses, and (`invalid`) a Value without a kind. Throws an
 * Error that says what is wrong with bytes that are not a Struct.
 */
export function keyValuesFromStruct(bytes: Uint8Array, pointer: string): KeyValue[] {
  const entries = plainKeyValues(bytes);
  if (entries) return entries;
  return keyValuesFrom(
    jsonFromStruct(fromBinary(StructSchema, bytes, BINARY_OPTIONS), pointer),
    pointer,
  );
}

/** The same for a Struct as every library writes it; undefined for all others. */
export function plainKeyValues(bytes: Uint8Array): KeyValue[] | undefined {
  try {
    return new PlainStructReader(bytes).read();
  } catch {
    return undefined;
  }
}

class NotPlain extends Error {}

/** Reads one Struct. Throws at whatever is not plain. */
class PlainStructReader {
  readonly #reader: BinaryReader;
  #values = 0;

  constructor(bytes: Uint8Array) {
    this.#reader = new BinaryReader(bytes);
  }

  read(): KeyValue[] {
    const entries: KeyValue[] = [];
    const reader = this.#reader;
    while (reader.pos < reader.len)
      this.#entry(reader.len, 1, (key, json) => entries.push({ key, json }));
    check(entries.length <= UPDATE_KEYS_MAX);
    entries.sort(byKey);
    check(entries.every(({ key }, place) => key !== entries[place - 1]?.key));
    return entries;
  }

  #entry(limit: number, depth: number, add: (key: string, json: string) => void): void {
    const end = this.#endOf(ENTRY, limit);
    check(this.#reader.uint32() === ENTRY_KEY);
    const key = this.#reader.string(true);
    check(this.#endOf(ENTRY_VALUE, end) === end);
    add(key, this.#value(end, depth));
  }

  /** Reads a Value up to its end. */
  #value(end: number, depth: number): string {
    const reader = this.#reader;
    this.#values += 1;
    check(this.#values <= JSON_VALUES_MAX);
    const json = this.#ofKind(reader.uint32(), end, depth);
    check(reader.pos === end);
    return json;
  }

  #ofKind(tag: number, end: number, depth: number): string {
    const reader = this.#reader;
    switch (tag) {
      case NULL:
        check(reader.uint32() === 0);
        return 'null';
      case NUMBER: {
        const number = reader.double();
        check(Number.isFinite(number));
        // Like JSON.stringify, which writes -0 as 0.
        return String(number);
      }
      case TEXT:
        return JSON.stringify(reader.string(true));
      case BOOL:
        return reader.bool() ? 'true' : 'false';
      case STRUCT:
        check(this.#end(end) === end && depth <= VALUE_MAX_DEPTH);
        return this.#object(end, depth + 1);
      case LIST:
        check(this.#end(end) === end && depth <= VALUE_MAX_DEPTH);
        return this.#list(end, depth + 1);
      default:
        throw new NotPlain();
    }
  }

  #object(end: number, depth: number): string {
    const names: string[] = [];
    let text = '';
    while (this.#reader.pos < end)
      this.#entry(end, depth, (name, json) => {
        names.push(name);
        text += `${text === '' ? '{' : ','}${JSON.stringify(name)}:${json}`;
      });
    check(keepTheirOrder(names));
    return text === '' ? '{}' : `${text}}`;
  }

  #list(end: number, depth: number): string {
    let text = '';
    while (this.#reader.pos < end) {
      const json = this.#value(this.#endOf(LIST_ITEM, end), depth);
      text += `${text === '' ? '[' : ','}${json}`;
    }
    return text === '' ? '[]' : `${text}]`;
  }

  /** The end of a field that must be next. */
  #endOf(tag: number, limit: number): number {
    check(this.#reader.uint32() === tag);
    return this.#end(limit);
  }

  /** The end of a field whose length is next. */
  #end(limit: number): number {
    const end = this.#reader.uint32() + this.#reader.pos;
    check(end <= limit);
    return end;
  }
}

function check(isPlain: boolean): void {
  if (!isPlain) throw new NotPlain();
}

/** Whether names differ, and an object of JavaScript keeps them in this order. */
function keepTheirOrder(names: readonly string[]): boolean {
  if (names.length > FEW_NAMES && new Set(names).size < names.length) return false;
  return names.every(
    (name, place) =>
      !ARRAY_INDEX.test(name) && (names.length > FEW_NAMES || names.indexOf(name) === place),
  );
}

function byKey({ key: one }: KeyValue, { key: other }: KeyValue): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
