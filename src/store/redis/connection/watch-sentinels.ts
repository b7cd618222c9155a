// Connections to the sentinels: each is asked for the master repeatedly, and subscribed to for
// changes.

import { Redis } from 'ioredis';
import { connectionFailure, onEarlyEnd } from './connection-failure.ts';
import { isSameAs, masterToFollow, type NamedMaster } from './named-master.ts';
import { addressOf, type NodeAddress } from './node-address.ts';
import type { NodeHealth } from './node-health.ts';
import { followPassword, LASTING, nodeOptions } from './node-options.ts';
import type { ConnectionOptions, SentinelTarget } from './topology.ts';

/** Another server is the master now. */
const SWITCHED = '+switch-master';
/** A replica has been chosen, and is about to be promoted to master. */
const REPLACING = '+failover-state-send-slaveof-noone';
/** Bounds how often sentinels are asked for a master that is in trouble. */
const ASK_PAUSE_MS = 100;

export type Sentinels = {
  /** Asks all of them, soon, for the master. */
  ask(): void;
  /** Whether any of them names a master. */
  areAnswering(): boolean;
  /** The most replicas that any of them knows, connected or not; undefined while none answers. */
  replicas(): number | undefined;
  close(): void;
};

export type SentinelOptions = ConnectionOptions & {
  health: NodeHealth;
  /** Called with the master to follow, each time that one of the sentinels names it. */
  onNamed: (master: NamedMaster) => void;
  /** Called when the sentinels are about to promote a replica and replace the master that is
   * followed. */
  onReplacing: (master: NamedMaster) => void;
};

/** One sentinel and the master that it names; undefined if its answer was an error, or is
 * outstanding. */
type Watched = { client: Redis; named: NamedMaster | undefined; isOutstanding: boolean };

/** Connects to each of the sentinels, again and again. */
export function watchSentinels(
  { sentinels, name }: SentinelTarget,
  options: SentinelOptions,
): Sentinels {
  const { health, onNamed, onReplacing } = options;
  let followed: NamedMaster | undefined;
  const watched = sentinels.map(watch);
  const refresh = setInterval(askAll, options.topologyRefreshMs).unref();
  let pause: NodeJS.Timeout | undefined;
  let closed = false;

  return {
    ask() {
      pause ??= setTimeout(askAll, ASK_PAUSE_MS).unref();
    },
    areAnswering: () => watched.some(({ named }) => named !== undefined),
    replicas() {
      const known = watched.flatMap(({ named }) => named?.replicas ?? []);
      return known.length === 0 ? undefined : Math.max(...known);
    },
    close() {
      closed = true;
      clearInterval(refresh);
      clearTimeout(pause);
      for (const { client } of watched) {
        client.disconnect();
        client.stream?.destroy();
      }
    },
  };

  function watch({ host, port }: NodeAddress): Watched {
    const credentials = { username: options.sentinelUsername, password: options.sentinelPassword };
    const client = new Redis({
      ...nodeOptions({ ...options, ...credentials }),
      ...LASTING,
      autoResubscribe: false,
      host,
      port,
    });
    followPassword(client, credentials);
    const sentinel: Watched = { client, named: undefined, isOutstanding: true };
    client.on('ready', () => {
      // A client without permission to subscribe still asks: after failures, and from time to time.
      client.subscribe(SWITCHED, REPLACING).catch(() => {});
      askOne(sentinel);
    });
    client.on('message', (channel: string, news: string) => {
      if (channel === SWITCHED && news.startsWith(`${name} `)) askOne(sentinel);
      if (channel === REPLACING && followed !== undefined && isAbout(followed, news))
        onReplacing(followed);
    });
    client.on('error', (error: Error) => receive(sentinel, error));
    onEarlyEnd(client, options, (reason) => receive(sentinel, new Error(reason)));
    client.on('close', () => receive(sentinel, undefined));
    return sentinel;
  }

  function askAll(): void {
    pause = undefined;
    for (const sentinel of watched) if (sentinel.client.status === 'ready') askOne(sentinel);
  }

  function askOne(sentinel: Watched): void {
    namedMaster(sentinel.client, name).then(
      (named) => receive(sentinel, named),
      (error) => receive(sentinel, error),
    );
  }

  /** A message about a server ends with the name and the address of its master. */
  function isAbout({ address: { host, port } }: NamedMaster, news: string): boolean {
    return news.endsWith(` ${name} ${host} ${port}`);
  }

  /** Takes the answer of a sentinel, or the reason why there is none. */
  function receive(sentinel: Watched, answer: NamedMaster | Error | undefined): void {
    if (closed) return;
    const address = addressOf(sentinel.client.options);
    sentinel.isOutstanding = false;
    sentinel.named = answer instanceof Error ? undefined : answer;
    if (sentinel.named !== undefined) health.forget(address);
    const reason =
      answer instanceof Error ? connectionFailure(answer, sentinel.client, options) : undefined;
    if (reason !== undefined) health.failed(address, `${reason} (sentinel for ${name})`);

    const answers = watched.flatMap(({ named }) => named ?? []);
    const outstanding = watched.filter(({ isOutstanding }) => isOutstanding).length;
    followed = masterToFollow(answers, { followed, sentinels: watched.length, outstanding });
    if (followed !== undefined && answers.some(isSameAs(followed))) onNamed(followed);
  }
}

/** The master that a sentinel names. Rejects if it knows none of that name. */
async function namedMaster(sentinel: Redis, name: string): Promise<NamedMaster> {
  const [facts, [host = '', port]] = (await Promise.all([
    sentinel.call('sentinel', ['master', name]),
    // The facts have the new address too, but only after the failover has ended.
    sentinel.call('sentinel', ['get-master-addr-by-name', name]),
  ])) as [string[], string[]];
  return {
    address: { host, port: Number(port) },
    epoch: Number(facts[facts.indexOf('config-epoch') + 1]),
    replicas: Number(facts[facts.indexOf('num-slaves') + 1]),
  };
}
