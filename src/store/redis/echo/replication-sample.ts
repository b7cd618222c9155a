// What a server says of its replication: which history it has, how far, and who follows it.
//
// A replication id names a history of writes. A replica that is promoted continues the history of
// its master under a new id, and names the former id as the previous one, with the first offset
// that is not part of that history any more. So the id shows whether two writes went to the same
// master, and the offset whether a promoted replica has a write.

/** `INFO replication` of a master. */
export type ReplicationSample = {
  id: string;
  previousId: string;
  /** The first offset that the history under `previousId` does not have. */
  previousEnd: number;
  offset: number;
  /** The connected replicas, and what each of them has acknowledged. */
  replicas: readonly { name: string; offset: number }[];
};

const ID = /^[0-9a-f]{40}$/;
const ID_TAG_DIGITS = 8;

/** Reads the answer to `INFO replication`; undefined if it is not that of a master. */
export function replicationSampleFrom(info: string): ReplicationSample | undefined {
  const fields = new Map(
    [...info.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
  const id = fields.get('master_replid') ?? '';
  if (fields.get('role') !== 'master' || !ID.test(id)) return undefined;
  const replicas = [...fields].flatMap(([name, value]) =>
    /^slave\d+$/.test(name) ? [replicaFrom(value)] : [],
  );
  return {
    id,
    previousId: fields.get('master_replid2') ?? '',
    previousEnd: Number(fields.get('second_repl_offset') ?? -1),
    offset: Number(fields.get('master_repl_offset') ?? 0),
    replicas,
  };
}

/** The beginning of a replication id, as heads and etags have it; empty if there is none. */
export function replicationTag(id: string): string {
  return ID.test(id) ? id.slice(0, ID_TAG_DIGITS) : '';
}

/** `ip=…,port=…,state=…,offset=…,lag=…`. One that is still being copied to has nothing yet. */
function replicaFrom(text: string): { name: string; offset: number } {
  const facts = new Map(text.split(',').map((fact) => fact.split('=', 2) as [string, string]));
  const isOnline = facts.get('state') === 'online';
  return {
    name: `${facts.get('ip')}:${facts.get('port')}`,
    offset: isOnline ? Number(facts.get('offset') ?? -1) : -1,
  };
}
