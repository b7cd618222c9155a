// How a store reports that a session may have changed.

/** How a store looked whether a key has changed: because the server reported a change; to check that
 * no report was lost; again and again, where the server reports nothing. `failed`: there was no
 * answer. */
export const KEY_LOOKS = ['pushed', 'checked', 'polled', 'failed'] as const;

export type KeyLook = (typeof KEY_LOOKS)[number];

/** Follows one session's key. Never throws. */
export type KeyFollower = {
  /** The key may have changed since it was followed, or since the last call: it is to be read. A read
   * that begins now sees the change. */
  changed(): void;
  /** The store has looked, and has called `changed` before this if there was a change. */
  looked(how: KeyLook): void;
};
