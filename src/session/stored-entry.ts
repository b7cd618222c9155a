// An entry whose value remains the bytes in which it was read, of a frame or of what was posted. A
// merge never looks inside a value, and an answer contains its JSON text as it is stored, so most
// values are only copied.

import type { Entry } from '../gen/cognigy/session/v1/session_state_pb.ts';

/** An entry whose JSON text is a part of a larger buffer. */
export class StoredEntry implements Entry {
  readonly $typeName = 'cognigy.session.v1.Entry';
  readonly key: string;
  readonly #source: Buffer;
  readonly #start: number;
  readonly #end: number;

  /** `source` must not change, and is well-formed UTF-8 from `start` to `end`. */
  constructor(key: string, source: Buffer, start: number, end: number) {
    this.key = key;
    this.#source = source;
    this.#start = start;
    this.#end = end;
  }

  get json(): string {
    return this.#source.toString('utf8', this.#start, this.#end);
  }

  get jsonBytes(): number {
    return this.#end - this.#start;
  }

  /** Copies the JSON text, `jsonBytes` long. */
  copyJson(target: Buffer, at: number): void {
    this.#source.copy(target, at, this.#start, this.#end);
  }
}
