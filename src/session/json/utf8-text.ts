// UTF-8 as a text of which each character is one byte. It is sent as it is, and takes the place of
// a Buffer that would live only as long as a request: a Buffer's bytes lie outside of V8's heap
// until the next collection of young objects. V8 counts them, and after a few hundred answers of
// 20 kB it would collect all objects.

/** UTF-8 that is not changed any more. */
export class Utf8Text {
  /** Each character is one byte. */
  readonly latin1: string;

  constructor(bytes: Buffer, start: number, end: number) {
    this.latin1 = bytes.toString('latin1', start, end);
  }

  /** In bytes. */
  get length(): number {
    return this.latin1.length;
  }

  toBuffer(): Buffer {
    return Buffer.from(this.latin1, 'latin1');
  }

  /** The text that the bytes mean. */
  toString(): string {
    return this.toBuffer().toString();
  }
}
