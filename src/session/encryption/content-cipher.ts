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
const OPTIONS = { authTagLength: TAG_BYTES };
/** Distinguishes these subkeys from all others that may ever be derived from a key. */
const SUBKEY_OF = 'cognigy-session-sidecar contents';
const CONTENTS_PER_SUBKEY = 2 ** 24;
/** Subkeys that are remembered for reading, of each key. Each process that writes has one. */
const REMEMBERED_SUBKEYS = 1000;

/** What a content belongs to, beginning with its kind. Neither stored nor secret. */
export type Place = readonly (string | number)[];

/** An encrypted content, and the id of its key. */
export type EncryptedContent = { keyId: string; encrypted: Uint8Array };

export type ContentCipher = {
  /** The key that encrypts now; empty if none does. */
  currentKeyId(): string;
  /** Encrypts a content with the current key; undefined if there is none. */
  encrypt(content: Uint8Array, place: Place): EncryptedContent | undefined;
  /** Opens a content, or says why not. Never throws. */
  open(content: EncryptedContent, place: Place): Uint8Array | NotOpenedReason;
};

type Subkey = { of: KeyObject; salt: Uint8Array; key: KeyObject; uses: number };

/** `keyRing` is called at each use, since keys change while the process runs. */
export function createContentCipher(keyRing: () => KeyRing): ContentCipher {
  const nonces = Buffer.allocUnsafeSlow(256 * NONCE_BYTES);
  let nonceAt = nonces.length;
  let own: Subkey | undefined;
  const remembered = new WeakMap<KeyObject, Map<string, KeyObject>>();

  return {
    currentKeyId: () => keyRing().current?.id ?? '',

    encrypt(content, place) {
      const { current } = keyRing();
      if (!current) return undefined;
      const { salt, key } = ownSubkey(current.key);
      const encrypted = Buffer.allocUnsafe(CONTENT_AT + content.length + TAG_BYTES);
      encrypted.set(salt);
      const nonce = encrypted.subarray(SALT_BYTES, CONTENT_AT);
      nonce.set(nextNonce());
      const cipher = createCipheriv(ALGORITHM, key, nonce, OPTIONS);
      cipher.setAAD(associatedData(current.id, place));
      encrypted.set(cipher.update(content), CONTENT_AT);
      cipher.final();
      encrypted.set(cipher.getAuthTag(), CONTENT_AT + content.length);
      return { keyId: current.id, encrypted };
    },

    open({ keyId, encrypted }, place) {
      const key = keyRing().keys.get(keyId);
      if (key === undefined) return 'key_missing';
      const tagAt = encrypted.length - TAG_BYTES;
      if (tagAt < CONTENT_AT) return 'not_authentic';
      const subkey = subkeyWith(key, encrypted.subarray(0, SALT_BYTES));
      const nonce = encrypted.subarray(SALT_BYTES, CONTENT_AT);
      const decipher = createDecipheriv(ALGORITHM, subkey, nonce, OPTIONS);
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

  function ownSubkey(key: KeyObject): Subkey {
    if (own?.of !== key || own.uses >= CONTENTS_PER_SUBKEY) {
      const salt = randomFillSync(new Uint8Array(SALT_BYTES));
      own = { of: key, salt, key: derivedKey(key, salt), uses: 0 };
    }
    own.uses += 1;
    return own;
  }

  /** The system's random source costs a call each time, so it is asked for many nonces at once. */
  function nextNonce(): Uint8Array {
    if (nonceAt === nonces.length) {
      randomFillSync(nonces);
      nonceAt = 0;
    }
    nonceAt += NONCE_BYTES;
    return nonces.subarray(nonceAt - NONCE_BYTES, nonceAt);
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

function derivedKey(key: KeyObject, salt: Uint8Array): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', key, salt, SUBKEY_OF, KEY_BYTES)));
}

// JSON keeps the parts apart, whatever characters they hold.
function associatedData(keyId: string, place: Place): Uint8Array {
  return Buffer.from(JSON.stringify([keyId, ...place]));
}
