import { randomUUID } from 'node:crypto';
import type { Append } from '../session-store.ts';
import { ifMatchAt } from './echo/echoed-etag.ts';
import { type ReplicationSample, replicationTag } from './echo/replication-sample.ts';
import type { ScriptArguments } from './scripts/script.ts';

/** The arguments of append.lua after the time bounds. `master`: the last sample of the server that
 * they are sent to. */
export function appendArguments(
  append: Append,
  { master, writesMoments }: { master: ReplicationSample | undefined; writesMoments: boolean },
): ScriptArguments {
  const { updateId, frame, flowId, ttlMs, sessionMaxBytes, lockToken, ifMatch, confirmedNote } =
    append;
  return [
    updateId,
    Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength),
    flowId,
    append.isTtlExact ? `=${ttlMs}` : String(ttlMs),
    String(sessionMaxBytes),
    randomUUID().replaceAll('-', ''),
    lockToken,
    ifMatchAt(ifMatch, master),
    append.userId,
    String(append.eventMs),
    writesMoments ? replicationTag(master?.id ?? '') : '',
    confirmedNote ? `${confirmedNote.tag} ${confirmedNote.ageMs}` : '',
  ];
}
