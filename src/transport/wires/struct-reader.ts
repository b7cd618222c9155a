// google.protobuf.Struct from its bytes directly to JSON text, as a session keeps it.
//
// A Struct as every library writes it is read here. Generated code reads all others, and decides
// what is wrong with them: fields in another order or more than once, unknown fields, what a session
// cannot hold, bytes that are not a Struct.

import { fromBinary } from '@bufbuild/protobuf';
import { StructSchema } from '@bufbuild/protobuf/wkt';
import { type JsonWriter, jsonBytes } from '../../session/json/json-writer.ts';
import { type KeyValue, keyValuesFrom } from '../../session/json/value.ts';
import { JSON_VALUES_MAX, UPDATE_KEYS_MAX, VALUE_MAX_DEPTH } from '../../session/limits.ts';
import { Cursor, UNUSUAL } from '../../session/protobuf-cursor.ts';
import { StoredEntry } from '../../session/stored-entry.ts';
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
const DOUBLE_BYTES = 8;
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

/** Reads one Struct. Throws at whatever is not plain. */
class PlainStructReader {
  readonly #from: Cursor;
  #values = 0;

  constructor(bytes: Uint8Array) {
    this.#from = new Cursor(bytes);
  }

  read(): KeyValue[] {
    const from = this.#from;
    const keys: string[] = [];
    const places: number[] = [];
    const json = jsonBytes((to) => {
      const { length } = from.bytes;
      while (from.at < length) {
        const end = this.#endOf(ENTRY, length);
        check(from.byte() === ENTRY_KEY);
        keys.push(from.text(end));
        check(this.#endOf(ENTRY_VALUE, end) === end);
        places.push(to.length());
        this.#value(to, end, 1);
      }
      places.push(to.length());
    });
    check(keys.length <= UPDATE_KEYS_MAX);
    const entries = keys.map(
      (key, at) => new StoredEntry(key, json, places[at] as number, places[at + 1] as number),
    );
    entries.sort(byKey);
    check(entries.every(({ key }, place) => key !== entries[place - 1]?.key));
    return entries;
  }

  /** Reads a Value up to its end. */
  #value(to: JsonWriter, end: number, depth: number): void {
    this.#values += 1;
    check(this.#values <= JSON_VALUES_MAX);
    this.#ofKind(to, end, depth);
    this.#from.finish(end);
  }

  #ofKind(to: JsonWriter, end: number, depth: number): void {
    const from = this.#from;
    switch (from.byte()) {
      case NULL:
        check(from.number() === 0);
        to.raw('null');
        break;
      case NUMBER: {
        check(from.at + DOUBLE_BYTES <= end);
        const number = from.bytes.readDoubleLE(from.at);
        from.at += DOUBLE_BYTES;
        check(Number.isFinite(number));
        // Like JSON.stringify, which writes -0 as 0.
        to.raw(String(number));
        break;
      }
      case TEXT:
        this.#text(to, from.end(end));
        break;
      case BOOL:
        to.raw(from.number() === 0 ? 'false' : 'true');
        break;
      case STRUCT:
        check(from.end(end) === end && depth <= VALUE_MAX_DEPTH);
        this.#object(to, end, depth + 1);
        break;
      case LIST:
        check(from.end(end) === end && depth <= VALUE_MAX_DEPTH);
        this.#list(to, end, depth + 1);
        break;
      default:
        throw UNUSUAL;
    }
  }

  #object(to: JsonWriter, end: number, depth: number): void {
    const from = this.#from;
    /** Where each begins and ends. */
    const names: number[] = [];
    let separator = '{';
    while (from.at < end) {
      const entryEnd = this.#endOf(ENTRY, end);
      check(from.byte() === ENTRY_KEY);
      const nameEnd = from.end(entryEnd);
      names.push(from.at, nameEnd);
      to.raw(separator);
      separator = ',';
      this.#text(to, nameEnd);
      to.raw(':');
      check(this.#endOf(ENTRY_VALUE, entryEnd) === entryEnd);
      this.#value(to, entryEnd, depth);
    }
    check(keepTheirOrder(from.bytes, names));
    to.raw(separator === '{' ? '{}' : '}');
  }

  #text(to: JsonWriter, end: number): void {
    const from = this.#from;
    check(from.isUtf8(from.at, end));
    to.text(from.bytes, from.at, end);
    from.at = end;
  }

  #list(to: JsonWriter, end: number, depth: number): void {
    let separator = '[';
    while (this.#from.at < end) {
      to.raw(separator);
      separator = ',';
      this.#value(to, this.#endOf(LIST_ITEM, end), depth);
    }
    to.raw(separator === '[' ? '[]' : ']');
  }

  /** The end of a part that must be next. */
  #endOf(tag: number, limit: number): number {
    check(this.#from.byte() === tag);
    return this.#from.end(limit);
  }
}

function check(isPlain: boolean): void {
  if (!isPlain) throw UNUSUAL;
}

/** Whether names differ, and an object of JavaScript keeps them in this order. `places`: where each
 * begins and ends, in turn. */
function keepTheirOrder(bytes: Buffer, places: readonly number[]): boolean {
  if (places.length > 2 * FEW_NAMES) {
    const names = new Set<string>();
    for (let at = 0; at < places.length; at += 2)
      names.add(bytes.toString('utf8', places[at], places[at + 1]));
    return (
      2 * names.size === places.length && !names.values().some((name) => ARRAY_INDEX.test(name))
    );
  }
  for (let at = 0; at < places.length; at += 2) {
    const start = places[at] as number;
    const end = places[at + 1] as number;
    for (let other = 0; other < at; other += 2) if (areSame(bytes, places, at, other)) return false;
    if (isDigit(bytes[start] ?? 0) && ARRAY_INDEX.test(bytes.toString('latin1', start, end)))
      return false;
  }
  return true;
}

/** Whether the names at two places are the same. */
function areSame(bytes: Buffer, places: readonly number[], one: number, other: number): boolean {
  const start = places[one] as number;
  const length = (places[one + 1] as number) - start;
  const otherStart = places[other] as number;
  if ((places[other + 1] as number) - otherStart !== length) return false;
  for (let place = 0; place < length; place++)
    if (bytes[start + place] !== bytes[otherStart + place]) return false;
  return true;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function byKey({ key: one }: KeyValue, { key: other }: KeyValue): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
