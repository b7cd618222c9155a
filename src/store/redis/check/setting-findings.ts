// What single settings need at a master, in addition to what every store needs. The service works
// without it, in another way.

import type { Redis } from 'ioredis';
import type { StoreFinding } from '../../store-finding.ts';
import { isEnough, NOTIFY_SETTING } from '../connection/expiry-events.ts';
import { addressOf } from '../connection/node-address.ts';
import { type CheckOptions, refusalText } from './reach-server.ts';
import { refusalOf } from './refusal-of.ts';

/** Whether this user may have, at that master, what EXPIRY_EVENTS and WATCH_LIMIT need. It changes
 * nothing there. */
export async function settingFindings(
  client: Redis,
  options: CheckOptions & { database: number },
): Promise<StoreFinding[]> {
  const address = addressOf(client.options);
  return [
    ...(await expiryFindings(client, address, options)),
    ...(await watchFindings(client, address, options)),
  ];
}

async function expiryFindings(
  client: Redis,
  address: string,
  options: CheckOptions & { database: number },
): Promise<StoreFinding[]> {
  const { database, endCounting } = options;
  if (endCounting !== 'on' && endCounting !== 'enable') return [];
  const problems: string[] = [];
  const channel = `__keyevent@${database}__:expired`;
  const refused = (command: string, error: Error) => {
    problems.push(`${command}: ${refusalText(error, options)}`);
  };
  // On a connection of its own, as the service does: the user may not be permitted to unsubscribe.
  const subscriber = client.duplicate();
  subscriber.on('error', () => {});
  const subscription = await refusalOf(
    subscriber.connect().then(() => subscriber.subscribe(channel)),
  );
  subscriber.disconnect();
  if (subscription) refused(`SUBSCRIBE ${channel}`, subscription);
  try {
    const [, flags = ''] = (await client.call('config', ['get', NOTIFY_SETTING])) as string[];
    if (endCounting === 'enable') {
      // To what it is: only whether it may be set is asked.
      const setting = await refusalOf(client.call('config', ['set', NOTIFY_SETTING, flags]));
      if (setting) refused(`CONFIG SET ${NOTIFY_SETTING}`, setting);
    } else if (!isEnough(flags)) {
      problems.push(`${NOTIFY_SETTING} is "${flags}", and must have E and x`);
    }
  } catch (error) {
    refused(`CONFIG GET ${NOTIFY_SETTING}`, error as Error);
  }
  if (problems.length === 0)
    return [{ check: 'expiry', level: 'ok', text: `${address}: expired keys can be reported` }];
  const text = `${address}: ${problems.join('; ')}; expired sessions are counted by the sweep alone`;
  return [{ check: 'expiry', level: 'warning', text }];
}

async function watchFindings(
  client: Redis,
  address: string,
  options: CheckOptions,
): Promise<StoreFinding[]> {
  if (!options.isWatched) return [];
  const refusal = await refusalOf(client.call('client', ['tracking', 'on']));
  if (refusal === undefined) {
    await client.call('client', ['tracking', 'off']);
    return [{ check: 'watch', level: 'ok', text: `${address}: changes can be reported` }];
  }
  const text =
    `${address}: CLIENT TRACKING: ${refusalText(refusal, options)}; Watch polls instead ` +
    '(WATCH_LIMIT=0: there is no Watch)';
  return [{ check: 'watch', level: 'warning', text }];
}
