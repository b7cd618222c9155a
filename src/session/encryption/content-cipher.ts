// Encryption of contents: AES-256-GCM under a subkey.
//
//   | salt: 16 bytes | nonce: 12 bytes | ciphertext | tag: 16 bytes |
//
// A process draws a salt at random and derives from it and the current key a subkey of its own
// (HKDF, SHA-256). Random nonces of 96 bits must differ only among the contents of one subkey, of
// which there are at most 2^24: then two are equal with a probability below 2^-49. So no key has to
// be replaced because of how much was encrypted with it.
//
// What a content belongs to is authenticated with it: bytes that are moved elsewhere do not open.

import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomFillSync,
} from 'node:crypto';
import type { KeyRing } from './key-ring.ts';
import type { NotOpenedReason } from './not-opened.ts';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CONTENT_AT = SALT_BYTES + NONCE_BYTES;
/** Distinguishes these subkeys from all others that may ever be derived from a key. */
const SUBKEY_OF = 'cognigy-session-sidecar contents';
/** Under one subkey. */
const CONTENTS_MAX = 2 ** 24;
/** Subkeys that are remembered for reading, of each key. Each process that writes has one. */
const REMEMBERED_SUBKEYS = 1000;

/** How much longer an encrypted content is. */
export const ENCRYPTION_BYTES = CONTENT_AT + TAG_BYTES;

/** What a content belongs to, beginning with its kind. Neither stored nor secret. */
export type Place = readonly (string | number)[];

/** An encrypted content, and the id of its key. */
export type EncryptedContent = { keyId: string; encrypted: Uint8Array };

/** The key that encrypts now. */
export type CurrentKey = {
  id: string;
  /** Writes a content, encrypted, into a buffer. */
  encryptInto(target: { buffer: Buffer; at: number }, content: Uint8Array, place: Place): void;
};

export type ContentCipher = {
  /** The key that encrypts now; undefined if none does. */
  currentKey(): CurrentKey | undefined;
  /** Encrypts a content with the current key; undefined if there is none. */
  encrypt(content: Uint8Array, place: Place): EncryptedContent | undefined;
  /** Opens a content, or says why not. Never throws. */
  open(content: EncryptedContent, place: Place): Uint8Array | NotOpenedReason;
};

type OwnKey = CurrentKey & { of: KeyObject; uses: () => number };

/** `keyRing` is called at each use, since keys change while the process runs. */
export function createContentCipher(keyRing: () => KeyRing): ContentCipher {
  let own: OwnKey | undefined;
  const remembered = new WeakMap<KeyObject, Map<string, KeyObject>>();

  return {
    currentKey,

    encrypt(content, place) {
      const key = currentKey();
      if (!key) return undefined;
      const buffer = Buffer.allocUnsafe(content.length + ENCRYPTION_BYTES);
      key.encryptInto({ buffer, at: 0 }, content, place);
      return { keyId: key.id, encrypted: buffer };
    },

    open({ keyId, encrypted }, place) {
      const key = keyRing().keys.get(keyId);
      if (key === undefined) return 'key_missing';
      const tagAt = encrypted.length - TAG_BYTES;
      if (tagAt < CONTENT_AT) return 'not_authentic';
      const subkey = subkeyWith(key, encrypted.subarray(0, SALT_BYTES));
      const nonce = encrypted.subarray(SALT_BYTES, CONTENT_AT);
      const decipher = createDecipheriv(ALGORITHM, subkey, nonce);
      decipher.setAAD(associatedData(keyId, place));
      decipher.setAuthTag(encrypted.subarray(tagAt));
      const content = decipher.update(encrypted.subarray(CONTENT_AT, tagAt));
      try {
        decipher.final();
      } catch {
        return 'not_authentic';
      }
      return content;
    },
  };

  function currentKey(): CurrentKey | undefined {
    const { current } = keyRing();
    if (!current) return undefined;
    const isUsable = own?.of === current.key && own.id === current.id && own.uses() < CONTENTS_MAX;
    if (!isUsable) own = createOwnKey(current);
    return own;
  }

  function subkeyWith(key: KeyObject, salt: Uint8Array): KeyObject {
    let subkeys = remembered.get(key);
    if (subkeys === undefined) {
      subkeys = new Map();
      remembered.set(key, subkeys);
    }
    const name = Buffer.from(salt.buffer, salt.byteOffset, SALT_BYTES).toString('latin1');
    const known = subkeys.get(name);
    if (known) return known;
    const [oldest] = subkeys.keys();
    if (oldest !== undefined && subkeys.size >= REMEMBERED_SUBKEYS) subkeys.delete(oldest);
    const subkey = derivedKey(key, salt);
    subkeys.set(name, subkey);
    return subkey;
  }
}

/** A subkey with a salt of its own. */
function createOwnKey({ id, key }: { id: string; key: KeyObject }): OwnKey {
  const salt = randomFillSync(new Uint8Array(SALT_BYTES));
  const subkey = derivedKey(key, salt);
  const nextNonce = createNonces();
  let uses = 0;
  return {
    ...{ id, of: key, uses: () => uses },
    encryptInto({ buffer, at }, content, place) {
      uses += 1;
      const nonce = nextNonce();
      buffer.set(salt, at);
      buffer.set(nonce, at + SALT_BYTES);
      const cipher = createCipheriv(ALGORITHM, subkey, nonce);
      cipher.setAAD(associatedData(id, place));
      buffer.set(cipher.update(content), at + CONTENT_AT);
      cipher.final();
      buffer.set(cipher.getAuthTag(), at + CONTENT_AT + content.length);
    },
  };
}

/** Random nonces. The system's random source costs a call each time, so it is asked for many at
 * once. */
function createNonces(): () => Uint8Array {
  const nonces = Buffer.allocUnsafeSlow(256 * NONCE_BYTES);
  let nonceAt = nonces.length;
  return () => {
    if (nonceAt === nonces.length) {
      randomFillSync(nonces);
      nonceAt = 0;
    }
    nonceAt += NONCE_BYTES;
    return nonces.subarray(nonceAt - NONCE_BYTES, nonceAt);
  };
}

function derivedKey(key: KeyObject, salt: Uint8Array): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', key, salt, SUBKEY_OF, KEY_BYTES)));
}

// JSON keeps the parts apart, whatever characters they hold.
function associatedData(keyId: string, place: Place): Uint8Array {
  return Buffer.from(JSON.stringify([keyId, ...place]));
}
