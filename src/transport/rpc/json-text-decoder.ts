// Bytes of a JSON request as text: here is the last place before Connect parses it. Its own decoder puts U+FFFD in
// the place of what is not UTF-8, so that ids of different bytes would become one; and parsing takes a millisecond
// for each two thousand values.

import { checkJsonValues } from '../../session/json-values-count.ts';
import { connectErrorFrom } from './rpc-error.ts';
import { unreadable } from './unread-call.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Decodes requests. Throws a ConnectError for bytes that are not UTF-8 (`invalid`), and for a text with too many
 * JSON values (`too_large`). */
export const jsonTextDecoder = {
  decode(bytes: Uint8Array): string {
    const text = decodeUtf8(bytes);
    try {
      checkJsonValues(text);
    } catch (error) {
      throw connectErrorFrom(error);
    }
    return text;
  },
};

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw unreadable('it is not UTF-8');
  }
}
