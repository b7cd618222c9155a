// google.protobuf.Value and Struct as generated code reads them, as JSON values.

import { isMessage } from '@bufbuild/protobuf';
import { type Struct, type Value, ValueSchema } from '@bufbuild/protobuf/wkt';
import { tooManyValues } from '../../session/count-limit.ts';
import { invalid, type Refusal } from '../../session/errors.ts';
import { pointerToken } from '../../session/json/value.ts';
import { JSON_VALUES_MAX } from '../../session/limits.ts';

/** The JSON value of a field that may hold a Value; other fields are returned unchanged. NaN and
 * infinities remain, to be refused with their path. Refuses (`too_large`) more values than a session
 * may have, and (`invalid`) a Value without a kind. */
export function jsonValueOf(field: unknown, pointer: string): unknown {
  return isMessage(field, ValueSchema) ? convert(pointer, (to) => to.value(field, pointer)) : field;
}

/** The JSON object of a Struct, likewise. */
export function jsonFromStruct({ fields }: Pick<Struct, 'fields'>, pointer: string) {
  return convert(pointer, (to) => to.object(fields, (key) => `${pointer}/${pointerToken(key)}`));
}

function convert<T>(pointer: string, work: (converter: ValueConverter) => T): T {
  const converter = new ValueConverter(pointer);
  const result = work(converter);
  if (converter.withoutKind) throw converter.withoutKind;
  return result;
}

class ValueConverter {
  /** The first of its kind. Whether there are too many values is decided before. */
  withoutKind: Refusal | undefined = undefined;
  readonly #pointer: string;
  #values = 0;

  constructor(pointer: string) {
    this.#pointer = pointer;
  }

  // Object.fromEntries, unlike assignment, makes an own property of every key, `__proto__` included.
  object(fields: Record<string, Value>, pointerOf: (key: string) => string) {
    return Object.fromEntries(
      Object.entries(fields).map(([key, value]) => [key, this.value(value, pointerOf(key))]),
    );
  }

  value({ kind }: Value, pointer: string): unknown {
    this.#values += 1;
    if (this.#values > JSON_VALUES_MAX) throw tooManyValues(this.#pointer);
    switch (kind.case) {
      case 'structValue':
        return this.object(kind.value.fields, () => pointer);
      case 'listValue':
        return kind.value.values.map((item) => this.value(item, pointer));
      case 'nullValue':
        return null;
      case undefined:
        this.withoutKind ??= invalid(
          pointer,
          'a google.protobuf.Value has no kind: send null, a number, a text, a bool, an object or a list',
        );
        return null;
      default:
        return kind.value;
    }
  }
}
