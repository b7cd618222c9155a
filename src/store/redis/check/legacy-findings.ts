// What LEGACY_STATE=read needs at the store of former services: to be reached, and the rights to
// read and remove its keys.

import type { Redis } from 'ioredis';
import { LEGACY_PREFIXES } from '../../legacy-store.ts';
import type { StoreFinding } from '../../store-finding.ts';
import { addressOf } from '../connection/node-address.ts';
import { loadScript, runScript } from '../scripts/script.ts';
import { type FoundServers, findServers } from './find-servers.ts';
import { type CheckOptions, reachServer, refusalText } from './reach-server.ts';

/** Numbers of keys that are tried until one is of a master. */
const KEYS_TRIED = 4096;

/** The findings about the store of former services, which may be the one of the sessions. */
export async function legacyFindings(options: CheckOptions): Promise<StoreFinding[]> {
  const found = await findServers(options);
  const unreached = found.findings.filter(
    ({ check, level }) => check === 'reach' && level !== 'ok',
  );
  const ofMasters = await Promise.all(
    found.masters.map(async (node): Promise<StoreFinding[]> => {
      const { address, client, reason } = await reachServer(node, options, found.database);
      if (client === undefined) return [unfit(`${address}: ${reason}`)];
      try {
        return await rightsAt(client, found, options);
      } finally {
        client.disconnect();
      }
    }),
  );
  const ofServers = ofMasters.flat();
  if (found.masters.length > 0) return ofServers;
  return unreached.map(({ text }) => unfit(text));
}

async function rightsAt(
  client: Redis,
  found: FoundServers,
  options: CheckOptions,
): Promise<StoreFinding[]> {
  const address = addressOf(client.options);
  const problems: string[] = [];
  for (const prefix of Object.values(LEGACY_PREFIXES)) {
    const key = keyAt(address, prefix, found);
    if (key === undefined) continue;
    try {
      const script = loadScript('legacy/permitted');
      const refused = (await runScript(client, script, { keys: [key], args: [] })) as Buffer[];
      const commands = refused.map(String).join(', ');
      if (commands !== '') problems.push(`the user may not run ${commands} on the keys ${prefix}*`);
    } catch (error) {
      problems.push(`on the keys ${prefix}*: ${refusalText(error, options)}`);
    }
  }
  if (problems.length > 0) return [unfit(`${address}: ${problems.join('; ')}`)];
  const text = `${address}: sessions of former services can be read and removed`;
  return [{ check: 'legacy', level: 'ok', text }];
}

/** A key of that prefix which the master serves. */
function keyAt(address: string, prefix: string, { addressOf: ownerOf }: FoundServers) {
  for (let number = 0; number < KEYS_TRIED; number++) {
    const key = `${prefix}:probe:${number}`;
    const owner = ownerOf(key);
    if (owner === undefined || owner === address) return key;
  }
  return undefined;
}

const unfit = (text: string): StoreFinding => ({
  check: 'legacy',
  level: 'unfit',
  text: `${text}; sessions that are not here yet would be refused (LEGACY_STATE=read)`,
});
