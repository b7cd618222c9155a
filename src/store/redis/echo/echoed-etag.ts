// Etags as callers have them: the session's etag, and the beginning of the replication id of the
// master that answered. A promoted replica may have lost what an etag stands for, and get it back
// later; so no etag of its former master matches there. Its holder reads the session again.
//
//   | etag: 20 hex digits | beginning of the replication id: 8 hex digits |

import { type ReplicationSample, replicationTag } from './replication-sample.ts';

const ETAG_DIGITS = 20;
const ECHOED = /^[0-9a-f]{28}$/;
/** No session has it. */
const OF_ANOTHER_MASTER = 'another master';

/** An etag of a session, as the master's callers get it. */
export function echoedEtag(etag: string, master: ReplicationSample | undefined): string {
  return etag === '' ? '' : etag + replicationTag(master?.id ?? '');
}

/** The etag of the session in an etag that a caller has. */
export function etagIn(echoed: string): string {
  return ECHOED.test(echoed) ? echoed.slice(0, ETAG_DIGITS) : echoed;
}

/** A precondition as a master checks it. Etags without a replication id, of processes that do not
 * echo, are compared as they are. */
export function ifMatchAt(ifMatch: string, master: ReplicationSample | undefined): string {
  const tag = replicationTag(master?.id ?? '');
  const isOther = ECHOED.test(ifMatch) && tag !== '' && ifMatch.slice(ETAG_DIGITS) !== tag;
  return isOther ? OF_ANOTHER_MASTER : etagIn(ifMatch);
}
