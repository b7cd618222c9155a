// Loads what follows sessions when the first one is watched: most processes watch none.

import type { KeyFollower } from '../../key-follower.ts';
import type { RedisConnection } from '../connection/connection.ts';
import type { ConnectionOptions } from '../connection/topology.ts';
import type { WatchedKeys, WatchingEvents } from './watched-keys.ts';

/** Follows keys, as watched-keys.ts does. */
export function createWatchOnFirstUse(
  connection: RedisConnection,
  options: ConnectionOptions & WatchingEvents,
): WatchedKeys {
  let loading: Promise<WatchedKeys> | undefined;
  let isClosed = false;

  return {
    watch(key: string, follower: KeyFollower) {
      loading ??= load();
      let hasEnded = false;
      const watching = loading.then((keys) =>
        hasEnded || isClosed ? undefined : keys.watch(key, follower),
      );
      return () => {
        hasEnded = true;
        void watching.then((stop) => stop?.());
      };
    },
    close() {
      isClosed = true;
      void loading?.then((keys) => keys.close());
    },
  };

  async function load(): Promise<WatchedKeys> {
    const { createWatchedKeys } = await import('./watched-keys.ts');
    return createWatchedKeys(connection, options);
  }
}
