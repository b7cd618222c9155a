// Seals: a value's second copy, behind a checksum of it, in a field or column of its own:
//
//   | first 12 hex digits of the SHA-1 of the text | space | text |
//
// A value that is equal to its copy is intact: so the checksum is computed only where they differ,
// to find which of the two is damaged. Versions that do not know seals change values and leave the
// seals: the code that reads a value distinguishes that from damage. A seal protects against
// accidents, not against people: an edit by hand must remove the seal as well.

import { hash } from 'node:crypto';

const SUM_DIGITS = 12;
const COPY_START = SUM_DIGITS + 1;

export function sealOf(text: string): string {
  return `${checksumOf(text)} ${text}`;
}

/** The first 12 hex digits of a SHA-1. */
export function checksumOf(value: string | Uint8Array): string {
  return hash('sha1', value).slice(0, SUM_DIGITS);
}

/** Whether a seal's copy is equal to a text. The checksum of the seal may be damaged. */
export function isCopy(seal: string | undefined, text: string): boolean {
  return seal !== undefined && seal.length === COPY_START + text.length && seal.endsWith(text);
}

export function isSealOf(seal: string | undefined, text: string): boolean {
  return isCopy(seal, text) && sealOf(text) === seal;
}

/** The copy in a seal whose checksum fits; else undefined. */
export function validCopyIn(seal: string | undefined): string | undefined {
  const copy = seal?.slice(COPY_START);
  return copy !== undefined && sealOf(copy) === seal ? copy : undefined;
}

/** A text that is never changed without its seal: as it is, or where the two differ the copy in the
 * seal, if that is valid. `isSame`: they do not differ, or there is no seal. */
export function readSealed(
  text: string | undefined,
  seal: string | undefined,
): { valid: string; isSame: boolean } {
  const isSame = seal === undefined || isSealOf(seal, text ?? '');
  return { valid: (isSame ? text : (validCopyIn(seal) ?? text)) ?? '', isSame };
}

/** The seal of a value that is too long for a copy, and to which versions that do not know seals add
 * lines: its number of bytes, and its checksum. */
export function sealOfLines(lines: string): string {
  return `${Buffer.byteLength(lines)} ${checksumOf(lines)}`;
}

/** Whether lines begin with those that were sealed. True without a seal. */
export function isSealOfLines(seal: string | undefined, lines: Buffer): boolean {
  const [, bytes, checksum] = /^(\d+) ([0-9a-f]{12})$/.exec(seal ?? '') ?? [];
  if (seal === undefined) return true;
  const isThere = Number(bytes) <= lines.length;
  return isThere && checksumOf(lines.subarray(0, Number(bytes))) === checksum;
}
