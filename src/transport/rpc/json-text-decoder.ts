// Bytes of a JSON request as text: here is the last place before Connect parses it. Its own decoder
// puts U+FFFD in the place of what is not UTF-8, so that ids of different bytes would become one;
// and parsing takes a millisecond for each two thousand values.

import { checkJsonValues } from '../../session/json/value-count.ts';
import { connectErrorFrom } from './rpc-error.ts';
import { unreadable } from './unread-call.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Escapes of JSON, of which the last kind is half a character alone: an escaped backslash and a
 * pair come before it. */
const ESCAPES =
  /\\\\|\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(?<half>\\u[dD][89a-fA-F][\da-fA-F]{2})/g;
/** Characters that UTF-16 has in two halves. */
const PAIRS = /[\ud800-\udfff]/;

/** Decodes requests. Throws a ConnectError for bytes that are not UTF-8 and for half a character
 * (`invalid`), and for a text with too many JSON values (`too_large`). */
export const jsonTextDecoder = {
  decode(bytes: Uint8Array): string {
    const text = decodeUtf8(bytes);
    try {
      checkJsonValues(text);
    } catch (error) {
      throw connectErrorFrom(error);
    }
    checkQuotable(text);
    return text;
  },
};

/** Connect quotes what it cannot read in the message of its error, maybe cut within a character;
 * and with half a character in its message no answer of gRPC can be written. */
function checkQuotable(text: string): void {
  if (
    text.includes('\\u') &&
    text.matchAll(ESCAPES).some(({ groups }) => groups?.half !== undefined)
  )
    throw unreadable('it holds half a character (an unpaired surrogate)');
  if (PAIRS.test(text) && !isJson(text)) throw unreadable('it is not JSON');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw unreadable('it is not UTF-8');
  }
}
