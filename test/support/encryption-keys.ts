// Keys for encryption: as the texts that ENCRYPTION_KEYS takes, and as they are read.

import { hash } from 'node:crypto';
import { ENCRYPTION_SETTINGS } from '../../src/config/encryption-settings.ts';
import { createContentCipher } from '../../src/session/encryption/content-cipher.ts';
import { createEncryptedFrameOf } from '../../src/session/encryption/frame-cipher.ts';
import type { KeyRing } from '../../src/session/encryption/key-ring.ts';

/** A key of 32 bytes in base64, the same for the same name. */
export function keyText(name: string): string {
  return hash('sha256', `key ${name}`, 'buffer').toString('base64');
}

/** The text of a ring with keys of these ids. Empty `current`: none encrypts. `idKey` names the key
 * of ids; empty: there is none. */
export function keyRingText(
  current: string,
  ids: readonly string[] = [current],
  { idKey = '' } = {},
): string {
  return JSON.stringify({
    ...(current !== '' && { current }),
    keys: Object.fromEntries(ids.map((id) => [id, keyText(id)])),
    updateIdKey: keyText('update ids'),
    ...(idKey !== '' && { idKey: keyText(idKey) }),
  });
}

export function keyRingOf(current: string, ids?: readonly string[]): KeyRing {
  const ring = ENCRYPTION_SETTINGS.ENCRYPTION_KEYS.parse(keyRingText(current, ids));
  if (!ring) throw new Error('the ring of the test cannot be used');
  return ring;
}

/** A cipher whose ring may be replaced. */
export function createTestCipher(current: string, ids?: readonly string[]) {
  let ring = keyRingOf(current, ids);
  const contents = createContentCipher(() => ring);
  return {
    contents,
    frameOf: createEncryptedFrameOf(contents),
    updateIdKeys: () => ({ ofContents: ring.updateIdKey, ofIds: ring.idKey }),
    replace(newCurrent: string, newIds?: readonly string[]) {
      ring = keyRingOf(newCurrent, newIds);
    },
  };
}
