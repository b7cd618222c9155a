// Reads the reports of changed keys (CLIENT TRACKING) from a connection. ioredis reads its replies
// and leaves these messages out, so what arrives is decoded a second time, by the same decoder. Only
// connections that read nothing but heads are read like this.

import { Decoder, RESP_TYPES } from 'ioredis/built/resp/decoder.js';

const TYPES = {
  [RESP_TYPES.SIMPLE_STRING]: Buffer,
  [RESP_TYPES.BLOB_STRING]: Buffer,
};

/** A reader of what arrives on one connection. `onChanged` is called with each key that has changed,
 * or with undefined if all may have. */
export function invalidationsIn(
  onChanged: (key: string | undefined) => void,
): (chunk: Buffer) => void {
  const decoder = new Decoder({
    getTypeMapping: () => TYPES as never,
    onReply() {},
    onErrorReply() {},
    onPush([kind, keys]: (Buffer | Buffer[] | null)[]) {
      if (String(kind) !== 'invalidate') return;
      if (!Array.isArray(keys)) onChanged(undefined);
      else for (const key of keys) onChanged(String(key));
    },
  });
  return (chunk) => decoder.write(chunk);
}
