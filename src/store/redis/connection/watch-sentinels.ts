// Connections to the sentinels: each is asked who is master, again and again, and listened to for
// news.

import { Redis } from 'ioredis';
import { connectionFailure, onEarlyEnd } from './connection-failure.ts';
import { isSameAs, masterToFollow, type NamedMaster } from './named-master.ts';
import { addressOf, type NodeAddress } from './node-address.ts';
import type { NodeHealth } from './node-health.ts';
import { followPassword, LASTING, nodeOptions } from './node-options.ts';
import type { ConnectionOptions, SentinelTarget } from './topology.ts';

/** There is another master. */
const SWITCHED = '+switch-master';
/** A replica has been chosen, and is told next to become the master. */
const REPLACING = '+failover-state-send-slaveof-noone';
/** Bounds how often sentinels are asked for a master that is in trouble. */
const ASK_PAUSE_MS = 100;

export type Sentinels = {
  /** Asks all of them, soon, who is master. */
  ask(): void;
  /** Whether any of them names a master. */
  areHeard(): boolean;
  close(): void;
};

export type SentinelOptions = ConnectionOptions & {
  health: NodeHealth;
  /** Told the master to follow, as often as one of the sentinels names it. */
  onNamed: (master: NamedMaster) => void;
  /** Told that the sentinels are about to promote a replica in the place of the master that is
   * followed. */
  onReplacing: (master: NamedMaster) => void;
};

/** One sentinel: what it names; undefined if it does not answer as it should, or has not yet. */
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
    areHeard: () => watched.some(({ named }) => named !== undefined),
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
      // Who may not listen still asks: in trouble, and from time to time.
      client.subscribe(SWITCHED, REPLACING).catch(() => {});
      askOne(sentinel);
    });
    client.on('message', (channel: string, news: string) => {
      if (channel === SWITCHED && news.startsWith(`${name} `)) askOne(sentinel);
      if (channel === REPLACING && followed !== undefined && isAbout(followed, news))
        onReplacing(followed);
    });
    client.on('error', (error: Error) => heard(sentinel, error));
    onEarlyEnd(client, options, (reason) => heard(sentinel, new Error(reason)));
    client.on('close', () => heard(sentinel, undefined));
    return sentinel;
  }

  function askAll(): void {
    pause = undefined;
    for (const sentinel of watched) if (sentinel.client.status === 'ready') askOne(sentinel);
  }

  function askOne(sentinel: Watched): void {
    namedMaster(sentinel.client, name).then(
      (named) => heard(sentinel, named),
      (error) => heard(sentinel, error),
    );
  }

  /** News of a server end with the name and the address of its master. */
  function isAbout({ address: { host, port } }: NamedMaster, news: string): boolean {
    return news.endsWith(` ${name} ${host} ${port}`);
  }

  /** Takes the answer of a sentinel, or why there is none. */
  function heard(sentinel: Watched, answer: NamedMaster | Error | undefined): void {
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

/** The master as a sentinel knows it. Rejects if it knows none of that name. */
async function namedMaster(sentinel: Redis, name: string): Promise<NamedMaster> {
  const [facts, [host = '', port]] = (await Promise.all([
    sentinel.call('sentinel', ['master', name]),
    // The facts have the new address too, but not before the failover is over.
    sentinel.call('sentinel', ['get-master-addr-by-name', name]),
  ])) as [string[], string[]];
  return {
    address: { host, port: Number(port) },
    epoch: Number(facts[facts.indexOf('config-epoch') + 1]),
  };
}
