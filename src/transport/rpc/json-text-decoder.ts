// Bytes of a JSON request as text. Connect's own decoder puts U+FFFD in the place of what is not UTF-8, so that ids
// of different bytes would become one.

import { unreadable } from './unread-call.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Decodes requests. Throws a ConnectError (`invalid`) for bytes that are not UTF-8. */
export const jsonTextDecoder = {
  decode(bytes: Uint8Array): string {
    try {
      return UTF8.decode(bytes);
    } catch {
      throw unreadable('it is not UTF-8');
    }
  },
};
