// Everything that the service sends passes here, on whatever connection: nothing of the watched
// sessions' contents may be in it.

/** Looks for texts in a stream of bytes, also where they come in two pieces. */
export class Watch {
  readonly #needles: readonly Buffer[];
  readonly #overlap: number;
  #tail: Buffer = Buffer.alloc(0);
  #found = false;

  constructor(needles: readonly string[]) {
    this.#needles = needles.map((needle) => Buffer.from(needle));
    this.#overlap = Math.max(0, ...this.#needles.map((needle) => needle.length - 1));
  }

  look(bytes: Buffer): void {
    const all = this.#tail.length === 0 ? bytes : Buffer.concat([this.#tail, bytes]);
    if (this.#needles.some((needle) => all.includes(needle))) this.#found = true;
    this.#tail = all.subarray(Math.max(0, all.length - this.#overlap));
  }

  /** What is wrong with what was received since this was asked before; undefined if nothing is. */
  fault(): string | undefined {
    if (!this.#found) return undefined;
    this.#found = false;
    return 'the answer has the contents of a session of somebody else';
  }
}
