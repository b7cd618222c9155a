// What INFO of one server says about whether it is fit. Of replicas too: one may be the master soon.

import type { StoreFinding } from '../../store-finding.ts';
import { memoryRatioOf, setupWarnings } from '../connection/server-check.ts';

/** The first version of Redis whose scripts may call what ours call. */
const MAJOR_MIN = 7;
const MEMORY_RATIO_MAX = 0.9;

/** The findings about one server. */
export function serverFindings(address: string, info: ReadonlyMap<string, string>): StoreFinding[] {
  return [
    versionFinding(info),
    evictionFinding(info),
    memoryFinding(info),
    ...persistenceFindings(info),
  ].map((finding) => ({ ...finding, text: `${address}: ${finding.text}` }));
}

function versionFinding(info: ReadonlyMap<string, string>): StoreFinding {
  const version = info.get('redis_version') ?? 'unknown';
  const valkey = info.get('valkey_version');
  const name = valkey === undefined ? `Redis ${version}` : `Valkey ${valkey}`;
  if (Number.parseInt(version, 10) >= MAJOR_MIN)
    return { check: 'version', level: 'ok', text: name };
  const text = `${name}: Redis ${MAJOR_MIN}.0 or newer is needed, or Valkey`;
  return { check: 'version', level: 'unfit', text };
}

function evictionFinding(info: ReadonlyMap<string, string>): StoreFinding {
  const warning = setupWarnings(info).find(({ kind }) => kind === 'eviction');
  const policy = info.get('maxmemory_policy') ?? 'unknown';
  if (warning === undefined)
    return { check: 'eviction', level: 'ok', text: `maxmemory-policy is ${policy}` };
  const isLimited = Number(info.get('maxmemory') ?? 0) > 0;
  const later = isLimited ? '' : ' (maxmemory is not set yet)';
  return {
    check: 'eviction',
    level: isLimited ? 'unfit' : 'warning',
    text: `${warning.text}${later}`,
  };
}

function memoryFinding(info: ReadonlyMap<string, string>): StoreFinding {
  const ratio = memoryRatioOf(info);
  const percent = `${Math.round(ratio * 100)} % of maxmemory`;
  if (ratio >= MEMORY_RATIO_MAX)
    return { check: 'memory', level: 'warning', text: `${percent} is in use: it is nearly full` };
  return { check: 'memory', level: 'ok', text: ratio === 0 ? 'no maxmemory' : `${percent} in use` };
}

function persistenceFindings(info: ReadonlyMap<string, string>): StoreFinding[] {
  const failing = [
    ...(info.get('aof_last_write_status') === 'err' ? ['the append-only file'] : []),
    ...(info.get('rdb_last_bgsave_status') === 'err' ? ['the last snapshot'] : []),
  ];
  if (failing.length > 0) {
    const text = `${failing.join(' and ')} could not be written to disk`;
    return [{ check: 'persistence', level: 'unfit', text }];
  }
  const warning = setupWarnings(info).find(({ kind }) => kind === 'no_append_only_file');
  if (warning !== undefined)
    return [{ check: 'persistence', level: 'warning', text: warning.text }];
  return [{ check: 'persistence', level: 'ok', text: 'appendonly is yes' }];
}
