// What the user may do at one master. A script looks up every command that any script runs, and
// writes a key (ping.lua); the others are sent.

import type { Redis } from 'ioredis';
import type { StoreFinding } from '../../store-finding.ts';
import { addressOf } from '../connection/node-address.ts';
import { serverRefusal } from '../connection/server-refusal.ts';
import type { WriteProbe } from '../connection/write-probe.ts';
import { type CheckOptions, refusalText } from './reach-server.ts';
import { refusalOf } from './refusal-of.ts';
import { SCRIPT_NAMES, scriptsWith } from './script-commands.ts';

const MISSING = /^NOPERM the user may not run (.+) on the keys/;

/** Whether this user may write at that master, by the scripts, and send what else is sent. */
export async function permissionFindings(
  client: Redis,
  probe: WriteProbe,
  options: CheckOptions,
): Promise<StoreFinding[]> {
  const address = addressOf(client.options);
  const refusal = await refusalOf(probe.ask(client, { write: true }));
  const script = refusal === undefined ? [] : [scriptFinding(address, refusal, options)];
  const refused: StoreFinding[] = [];
  for (const [name, args] of commandsSent(options)) {
    const error = await refusalOf(client.call(name, [...args]));
    if (error === undefined) continue;
    const text = `${address}: ${[name, ...args.slice(0, 1)].join(' ')}: ${refusalText(error, options)}`;
    refused.push({ check: 'permissions', level: 'unfit', text });
  }
  const found = [...script, ...refused];
  if (found.length > 0) return found;
  const text = `${address}: a test key was written; every command is permitted on the keys ${options.keyPrefix}*`;
  return [
    { check: 'permissions', level: 'ok', text },
    { check: 'scripts', level: 'ok', text: `${address}: Lua scripts run` },
  ];
}

/** What is sent besides scripts, with arguments that change nothing. */
function commandsSent({ target, durability }: CheckOptions): [string, string[]][] {
  const { level, replicas } = durability ?? { level: 'stored', replicas: 1 };
  const isCluster = target.kind === 'cluster';
  return [
    ...(isCluster ? [['asking', []] as [string, string[]]] : []),
    ...(level === 'stored' ? [] : [['wait', ['0', '1']] as [string, string[]]]),
    ...(level === 'synced' ? [['waitaof', ['0', '0', '1']] as [string, string[]]] : []),
    ...(isCluster && replicas === 'all' ? [['cluster', ['nodes']] as [string, string[]]] : []),
  ];
}

function scriptFinding(address: string, error: Error, options: CheckOptions): StoreFinding {
  const kind = serverRefusal(error.message, options.keyPrefix)?.kind;
  const [, missing] = MISSING.exec(error.message) ?? [];
  if (missing !== undefined) {
    const commands = missing.split(', ').map((command) => `${command} (for ${users(command)})`);
    const text = `${address}: the user may not run ${commands.join(', ')} on the keys ${options.keyPrefix}*`;
    return { check: 'permissions', level: 'unfit', text };
  }
  const check = kind === 'no_scripts' ? 'scripts' : 'permissions';
  return { check, level: 'unfit', text: `${address}: ${refusalText(error, options)}` };
}

function users(command: string): string {
  const scripts = scriptsWith(command);
  if (scripts.length === SCRIPT_NAMES.length) return 'every script';
  return scripts.length === 0 ? 'the service' : scripts.join(', ');
}
