// Writing a restored context into the flow's own: first planned, so that nothing is written if not
// all of it can be.

import { isDeepStrictEqual } from 'node:util';
import { isMarkedAnswer } from './answer';
import { type Failure, failureOf } from './failure';
import type { FlowApi, JsonObject } from './flow-api';
import { sizeOf } from './object-size';

export type WriteMode = 'no' | 'merge' | 'replace';

export type ContextWrite = {
  set: [string, unknown][];
  remove: string[];
  /** Keys of the session that Cognigy's context cannot hold. */
  leftOut: string[];
};

/** What Cognigy takes for a path, ignores or gives another meaning. */
const NOT_A_KEY = /^$|[.[\]]|^__proto__$/;

/** Which keys to set and to remove. Equal ones are not written: Cognigy limits the calls. */
export function planWrite(
  mode: WriteMode,
  current: JsonObject,
  restored: JsonObject,
): ContextWrite {
  if (mode === 'no') return { set: [], remove: [], leftOut: [] };
  const entries = Object.entries(restored);
  const isSet = (key: string, value: unknown) =>
    Object.hasOwn(current, key) && isDeepStrictEqual(current[key], value);
  return {
    set: entries.filter(([key, value]) => !NOT_A_KEY.test(key) && !isSet(key, value)),
    remove:
      mode === 'merge'
        ? []
        : Object.keys(current).filter(
            (key) => !Object.hasOwn(restored, key) && !isMarkedAnswer(current[key]),
          ),
    leftOut: entries.map(([key]) => key).filter((key) => NOT_A_KEY.test(key)),
  };
}

/** Why a write cannot be made within Cognigy's limits; undefined if it can. `callsLeft` is what of
 * the calls is left for it; `answer` is what else is stored in the context. */
export function obstacleTo(
  write: ContextWrite,
  current: JsonObject,
  { callsLeft, valueBytes, answer }: { callsLeft: number; valueBytes: number; answer: JsonObject },
): Failure | undefined {
  const calls = write.set.length + write.remove.length;
  if (calls > callsLeft)
    return failureOf({
      reason: 'too_many_keys',
      message:
        `${calls} keys of the context would have to be written or removed, and Cognigy allows ` +
        `${callsLeft} in one node. None was. Choose not to write, and copy them in a Code node`,
    });
  const after = { ...current, ...Object.fromEntries(write.set), ...answer };
  for (const key of write.remove) delete after[key];
  const bytes = sizeOf(after);
  if (calls > 0 && bytes > valueBytes)
    return failureOf({
      reason: 'context_too_large',
      message:
        `the context of the flow would have ${bytes} bytes, and Cognigy accepts ${valueBytes}. ` +
        'Nothing was written',
    });
  return undefined;
}

/** Makes the write. */
export function writeContext(api: FlowApi, { set, remove }: ContextWrite): void {
  for (const key of remove) api.deleteContext(key);
  for (const [key, value] of set) api.addToContext(key, value, 'simple');
}
