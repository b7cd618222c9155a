// The identity of an update: 16 bytes as 22 characters of URL-safe base64. It is created before the
// first attempt to store the update, so that every attempt is recognised as the same update, also a
// retry of the caller through another sidecar.

import { createHmac, hash, type KeyObject, randomFillSync } from 'node:crypto';

const ID_BYTES = 16;
/** The system's random source costs a call each time, so it is asked for many ids at once. */
const random = Buffer.allocUnsafeSlow(256 * ID_BYTES);
let randomAt = random.length;

/** Keys that make ids of updates HMACs. */
export type UpdateIdKeys = {
  /** Given where contents are encrypted: for ids that are made of contents. */
  ofContents: KeyObject;
  /** Given where ids are encrypted: for ids that are made of ids. */
  ofIds: KeyObject | undefined;
};

/** What identifies an update, as the caller sent it. */
export type UpdateIdentity = {
  sessionId: string;
  /** Identity given by the caller; empty if none. */
  updateId: string;
  /** Identity of the message that caused the update; empty if none. */
  inputId: string;
  /** 0 if none. */
  sequence: bigint;
  /** As sent; empty if none. */
  timestamp: string;
  /** Everything else in the update, in any JSON form that is equal for equal updates. */
  content: () => unknown;
};

/**
 * The id of an update: from the caller's own id if there is one; otherwise, if an input id or a
 * sequence says which step of the dialog sent it, from its whole content; otherwise random, since
 * two equal posts without either may be two events.
 *
 * The id of a stored update can be seen without opening its frame. With keys, what it is made of
 * cannot be found by trying.
 */
export function createUpdateId(identity: UpdateIdentity, keys?: UpdateIdKeys): string {
  const { sessionId, updateId, inputId, sequence, timestamp, content } = identity;
  if (!hasIdentity(identity)) return randomId();
  if (updateId) return digestId(['update', sessionId, updateId], keys?.ofIds);
  const parts = ['content', sessionId, timestamp, String(sequence), inputId, content()];
  return digestId(parts, keys?.ofContents);
}

/** Whether a repetition of the update can be distinguished from a second event. */
export function hasIdentity({
  updateId,
  inputId,
  sequence,
}: Pick<UpdateIdentity, 'updateId' | 'inputId' | 'sequence'>): boolean {
  return updateId !== '' || inputId !== '' || sequence !== 0n;
}

/** The id of an erase: from the caller's own id if there is one, otherwise random. Never equal to
 * the id of an update. */
export function createEraseId(
  { sessionId, updateId }: { sessionId: string; updateId: string },
  keys?: UpdateIdKeys,
): string {
  return updateId ? digestId(['erase', sessionId, updateId], keys?.ofIds) : randomId();
}

/** The id under which the note of a touch is kept: random. */
export function createTouchId(): string {
  return randomId();
}

/** The id of the update that a session begins with where another service left its state: of the
 * session and the layout alone, so that it is stored once. Never equal to the id of another
 * update. */
export function createBaseId({ sessionId, layout }: { sessionId: string; layout: string }): string {
  return digestId(['base', layout, sessionId]);
}

function randomId(): string {
  if (randomAt === random.length) {
    randomFillSync(random);
    randomAt = 0;
  }
  randomAt += ID_BYTES;
  return random.toString('base64url', randomAt - ID_BYTES, randomAt);
}

// JSON keeps the parts apart, whatever characters they hold.
function digestId(parts: unknown[], key?: KeyObject): string {
  const text = JSON.stringify(parts);
  const digest = key
    ? createHmac('sha256', key).update(text).digest()
    : hash('sha256', text, 'buffer');
  return digest.toString('base64url', 0, ID_BYTES);
}
