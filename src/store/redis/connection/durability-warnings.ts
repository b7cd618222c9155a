import { isWeaker } from '../../durability.ts';
import type { RequiredDurability } from './required-durability.ts';
import type { SetupWarning } from './setup-warning.ts';

/** The first version with WAITAOF. Valkey reports the version of Redis that it is compatible with. */
const WITH_WAITAOF = [7, 2] as const;

/** Why a master cannot keep updates as safely as required, by its answer to INFO. `replicas`: how
 * many must have them, undefined while that is not known. */
export function durabilityWarnings(
  info: ReadonlyMap<string, string>,
  { level, replicas }: { level: RequiredDurability['level']; replicas: number | undefined },
): SetupWarning[] {
  if (level === 'stored') return [];
  const warnings: SetupWarning[] = [];
  const connected = Number(info.get('connected_slaves') ?? 0);
  if (replicas !== undefined && connected < replicas) {
    const text =
      `${connected} of ${replicas} replicas (DURABILITY_REPLICAS) are connected to it: until they ` +
      'are, its updates are only stored';
    warnings.push({ kind: 'too_few_replicas', text });
  }
  const reason = isWeaker('replicated', level) ? whyNotSynced(info) : undefined;
  if (reason !== undefined)
    warnings.push({ kind: 'not_synced', text: `${reason}: its updates are replicated at best` });
  return warnings;
}

function whyNotSynced(info: ReadonlyMap<string, string>): string | undefined {
  const version = info.get('redis_version') ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [neededMajor, neededMinor] = WITH_WAITAOF;
  if (major < neededMajor || (major === neededMajor && minor < neededMinor))
    return `it has no WAITAOF (Redis ${version}; Redis 7.2 and Valkey have it)`;
  return info.get('aof_enabled') === '0' ? 'appendonly is no' : undefined;
}
