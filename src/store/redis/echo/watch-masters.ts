// The replication ids of the servers that the connections lead to. Each connection is sampled
// before anything else is answered on it, and again whenever its owner asks. A sample belongs to a
// socket: behind the next one there may be another server, or the same one after a restart.

import type { Redis } from 'ioredis';
import { type ReplicationSample, replicationSampleFrom } from './replication-sample.ts';

export type MasterWatch = {
  /** Samples a connection that has become ready. */
  connected(client: Redis): void;
  /** The last sample of the server that a connection leads to now; undefined if there is none yet,
   * or if the server is no master. */
  known(client: Redis): ReplicationSample | undefined;
  /** Samples the server that a connection leads to now. Never rejects. */
  sampled(client: Redis): Promise<ReplicationSample | undefined>;
};

type Entry = {
  stream: Redis['stream'];
  sample: ReplicationSample | undefined;
  pending: Promise<ReplicationSample | undefined> | undefined;
};

/** Where INFO is forbidden, every socket counts as a master of its own. */
let unreadable = 0;

/** `onSampling` is called before a server is asked, and answers what to call with its sample. */
export function createMasterWatch(
  onSampling: () => (sample: ReplicationSample) => void,
): MasterWatch {
  const entries = new WeakMap<Redis, Entry>();

  return {
    connected: (client) => void sampled(client),
    known: (client) => (client.status === 'ready' ? entryOf(client).sample : undefined),
    sampled,
  };

  function entryOf(client: Redis): Entry {
    const found = entries.get(client);
    if (found !== undefined && found.stream === client.stream) return found;
    const entry = { stream: client.stream, sample: undefined, pending: undefined };
    entries.set(client, entry);
    return entry;
  }

  /** Never rejects. Callers that come while a server is being asked share its answer only if that
   * is the first one: it is no bound for what was acknowledged in between. */
  function sampled(client: Redis): Promise<ReplicationSample | undefined> {
    if (client.status !== 'ready') return Promise.resolve(undefined);
    const entry = entryOf(client);
    entry.pending ??= ask(client, entry).finally(() => {
      entry.pending = undefined;
    });
    return entry.pending;
  }

  async function ask(client: Redis, entry: Entry): Promise<ReplicationSample | undefined> {
    const onSampled = onSampling();
    try {
      const sample = replicationSampleFrom(String(await client.call('info', ['replication'])));
      entry.sample = sample;
      if (sample !== undefined) onSampled(sample);
    } catch (error) {
      // One that does not answer keeps its sample: nothing is known to have changed.
      if (!(error instanceof Error && FORBIDDEN.test(error.message))) return entry.sample;
      entry.sample ??= { ...UNREADABLE, id: `unreadable ${++unreadable}` };
      onSampled(entry.sample);
    }
    return entry.sample;
  }
}

/** The user may not run INFO, or it was renamed. */
const FORBIDDEN = /^(NOPERM|ERR unknown command)/;

const UNREADABLE = { previousId: '', previousEnd: -1, offset: 0, replicas: [] };
