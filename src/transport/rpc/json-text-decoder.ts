// Bytes of a JSON request as text. Here is the last place before Connect parses it, which takes a millisecond for
// each two thousand values.

import { checkJsonValues } from '../../session/json-values-count.ts';
import { connectErrorFrom } from './rpc-error.ts';

const UTF8 = new TextDecoder();

/** Decodes requests. Throws a ConnectError, of a refusal (`too_large`), for a text with too many JSON values. */
export const jsonTextDecoder = {
  decode(bytes: Uint8Array): string {
    const text = UTF8.decode(bytes);
    try {
      checkJsonValues(text);
    } catch (error) {
      throw connectErrorFrom(error);
    }
    return text;
  },
};
