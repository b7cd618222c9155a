// Java's modified UTF-8, as `DataOutputStream.writeUTF` writes it: NUL is C0 80, and a character
// beyond U+FFFF is two surrogates of three bytes each. So every UTF-16 code unit is written on its
// own, in one to three bytes, and the byte 00 never occurs.

/** The text; undefined if the bytes are not modified UTF-8. An unpaired surrogate, which Java may
 * write, becomes U+FFFD. */
export function textFromModifiedUtf8(bytes: Uint8Array): string | undefined {
  const units: number[] = [];
  for (let place = 0; place < bytes.length; ) {
    const unit = unitAt(bytes, place);
    if (unit === undefined) return undefined;
    units.push(unit);
    place += bytesOf(unit);
  }
  return Buffer.from(Uint16Array.from(units).buffer).toString('utf16le').toWellFormed();
}

/** How many bytes a code unit takes. */
function bytesOf(unit: number): number {
  if (unit >= 0x800) return 3;
  return unit === 0 || unit >= 0x80 ? 2 : 1;
}

/** The code unit that begins at a place, written in the only form that Java writes; otherwise
 * undefined. */
function unitAt(bytes: Uint8Array, place: number): number | undefined {
  const first = bytes[place] ?? 0;
  if (first < 0x80) return first === 0 ? undefined : first;
  const second = continuation(bytes[place + 1]);
  if (second === undefined) return undefined;
  if (first >> 5 === 0b110) {
    const unit = ((first & 0x1f) << 6) | second;
    return bytesOf(unit) === 2 ? unit : undefined;
  }
  const third = continuation(bytes[place + 2]);
  if (first >> 4 !== 0b1110 || third === undefined) return undefined;
  const unit = ((first & 0x0f) << 12) | (second << 6) | third;
  return bytesOf(unit) === 3 ? unit : undefined;
}

/** The six bits of a byte that continues a character. */
function continuation(byte: number | undefined): number | undefined {
  return byte !== undefined && byte >> 6 === 0b10 ? byte & 0x3f : undefined;
}
