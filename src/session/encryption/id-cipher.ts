// Ids as they are stored: encrypted, and the same each time, since keys and indexes are named by
// them.
//
//   stored id   ~ and, in URL-safe base64, | tag: 16 bytes | ciphertext |
//
// The tag is the first half of HMAC-SHA-256 of the padded id, and the ciphertext is AES-256-CTR of
// the padded id with the tag as its first counter block (a synthetic initialization vector, as in
// RFC 5297). So equal ids have equal stored ids, and nothing else about them shows but their
// lengths, in steps of 16 bytes. What was not written with the same key, or for an id of the other
// kind, does not open. Padded: the id as UTF-8, a byte 0x80, zeros up to a multiple of 16 bytes.

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';

const MARK = '~';
const KEY_BYTES = 32;
/** A block of AES, too. */
const TAG_BYTES = 16;
/** Follows the id. */
const PADDING = 0x80;
const STORED_ID = /^~[A-Za-z0-9_-]{43,}$/;

/** The ids of one kind. */
export type IdCipher = {
  /** The id as it is stored, in characters that no pattern and no encoding changes. */
  stored(id: string): string;
  /** The id of a stored one; undefined if it was not written with this key. */
  opened(storedId: string): string | undefined;
};

/** Session ids and user ids. An id that is used as both has two stored ids. */
export type IdCiphers = { session: IdCipher; user: IdCipher };

export function createIdCiphers(key: KeyObject): IdCiphers {
  return { session: createIdCipher(key, 'session ids'), user: createIdCipher(key, 'user ids') };
}

/** Whether a text looks like a stored id, of any key. */
export function isEncryptedId(text: string): boolean {
  return STORED_ID.test(text);
}

function createIdCipher(key: KeyObject, kind: string): IdCipher {
  const tagKey = derivedKey(key, `${kind}, tags`);
  const encryptionKey = derivedKey(key, `${kind}, encryption`);

  return {
    stored,

    opened(storedId) {
      if (!isEncryptedId(storedId)) return undefined;
      const bytes = Buffer.from(storedId.slice(MARK.length), 'base64url');
      const tag = bytes.subarray(0, TAG_BYTES);
      const decipher = createDecipheriv('aes-256-ctr', encryptionKey, tag);
      const padded = decipher.update(bytes.subarray(TAG_BYTES));
      const id = padded.toString('utf8', 0, Math.max(0, padded.lastIndexOf(PADDING)));
      return stored(id) === storedId ? id : undefined;
    },
  };

  function stored(id: string): string {
    const padded = paddedId(id);
    const tag = createHmac('sha256', tagKey).update(padded).digest().subarray(0, TAG_BYTES);
    const cipher = createCipheriv('aes-256-ctr', encryptionKey, tag);
    return MARK + Buffer.concat([tag, cipher.update(padded)]).toString('base64url');
  }
}

function paddedId(id: string): Buffer {
  const bytes = Buffer.byteLength(id);
  const padded = Buffer.alloc(Math.ceil((bytes + 1) / TAG_BYTES) * TAG_BYTES);
  padded.write(id);
  padded[bytes] = PADDING;
  return padded;
}

function derivedKey(key: KeyObject, use: string): KeyObject {
  const info = `cognigy-session-sidecar ${use}`;
  return createSecretKey(Buffer.from(hkdfSync('sha256', key, '', info, KEY_BYTES)));
}
