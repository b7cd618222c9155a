// The keys with which contents are encrypted, as a JSON object:
//
//   { "current": "2026-11",
//     "keys": { "2026-11": "<32 bytes in base64>", "2026-10": "<32 bytes in base64>" },
//     "updateIdKey": "<32 bytes in base64>", "idKey": "<32 bytes in base64>" }
//
// Without `current`, what is stored can be read, and nothing that is written is encrypted. With
// `idKey`, ids are encrypted, too.

import { createSecretKey, type KeyObject } from 'node:crypto';
import type { KeyRing } from '../session/encryption/key-ring.ts';
import { countJsonValues } from '../session/json/value-count.ts';
import type { Setting } from './setting.ts';

export type { KeyRing } from '../session/encryption/key-ring.ts';

const KEY_BYTES = 32;
const KEY_TEXT = /^[A-Za-z0-9+/]{43}=$/;
/** Is stored with each frame. */
const KEY_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;
const MEMBERS = ['current', 'keys', 'updateIdKey', 'idKey'];

export const ENCRYPTION_SETTINGS = {
  ENCRYPTION_KEYS: {
    default: '',
    range:
      'a JSON object with keys, updateIdKey and, where contents are to be encrypted, current, ' +
      'and where ids are, too, idKey',
    description:
      'Keys with which contents of sessions are encrypted; current names the one for what is ' +
      'written. Without them nothing is encrypted. With idKey, ids in keys and indexes are, too.',
    hidden: true,
    secret: true,
    parse: (text: string): KeyRing | undefined => readKeyRing(text).ring,
    whatIsWrong: (text: string): string | undefined => readKeyRing(text).problem,
    whyNotAfter,
  },
} as const satisfies Record<string, Setting<unknown>>;

type ReadRing = { ring: KeyRing; problem?: undefined } | { ring?: undefined; problem: string };

/** Reads keys, or says what is wrong with them, without showing any of it but ids. */
function readKeyRing(text: string): ReadRing {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return { problem: 'it is no JSON' };
  }
  if (!isObject(given)) return { problem: 'it is no JSON object' };
  if (!Object.keys(given).every((name) => MEMBERS.includes(name)))
    return { problem: `it has other members than ${MEMBERS.join(', ')}` };
  // Of members with the same name, such as a copied line whose id was not changed, only the last
  // one would count.
  if (countJsonValues(text) !== countJsonValues(JSON.stringify(given)))
    return { problem: 'it has a name twice' };
  const { current, keys: named, updateIdKey: updateIdText, idKey: idText } = given;
  if (!isObject(named) || Object.keys(named).length === 0)
    return { problem: 'keys must be an object with at least one key' };
  if (!Object.keys(named).every((id) => KEY_ID.test(id)))
    return { problem: 'an id in keys is not 1 to 32 letters, digits, dots, dashes, underscores' };
  const keys = new Map<string, KeyObject>();
  for (const [id, keyText] of Object.entries(named)) {
    const key = keyFrom(keyText);
    if (typeof key === 'string') return { problem: `key ${id} ${key}` };
    const [sameId] = [...keys].find(([, other]) => other.equals(key)) ?? [];
    if (sameId !== undefined) return { problem: `keys ${sameId} and ${id} are equal` };
    keys.set(id, key);
  }
  const updateIdKey = keyFrom(updateIdText);
  if (typeof updateIdKey === 'string') return { problem: `updateIdKey ${updateIdKey}` };
  const idKey = idText === undefined ? undefined : keyFrom(idText);
  if (typeof idKey === 'string') return { problem: `idKey ${idKey}` };
  for (const [name, own] of Object.entries({ updateIdKey, idKey }))
    if ([...keys.values()].some((key) => own?.equals(key)))
      return { problem: `${name} is one of keys: it must be a key of its own` };
  if (idKey?.equals(updateIdKey)) return { problem: 'updateIdKey and idKey are equal' };
  const ring = { keys, updateIdKey, idKey };
  if (current === undefined)
    return idKey
      ? { problem: 'it has idKey without current: contents hold ids, and would not be encrypted' }
      : { ring: { current, ...ring } };
  const key = typeof current === 'string' ? keys.get(current) : undefined;
  if (key === undefined) return { problem: 'current is not the id of one of keys' };
  return { ring: { current: { id: String(current), key }, ...ring } };
}

/** Keys that name what is stored stay as they are while a process runs. */
function whyNotAfter(ring: KeyRing, before: KeyRing): string | undefined {
  if (!ring.updateIdKey.equals(before.updateIdKey))
    return 'updateIdKey is another one: retries are recognised by it';
  const isSame = before.idKey ? ring.idKey?.equals(before.idKey) : ring.idKey === undefined;
  return isSame ? undefined : 'idKey is another one: what is stored is found by it';
}

/** A key, or what is wrong with it. */
function keyFrom(text: unknown): KeyObject | string {
  if (typeof text !== 'string' || !KEY_TEXT.test(text))
    return `is not ${KEY_BYTES} bytes in base64 (44 characters)`;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.every((byte) => byte === bytes[0])) return 'has equal bytes: it is not random';
  return createSecretKey(bytes);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
