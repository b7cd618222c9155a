import { expect, test } from 'vitest';
import { durabilityWarnings } from '../../../../src/store/redis/connection/durability-warnings.ts';
import { fieldsOf } from '../../../../src/store/redis/connection/server-check.ts';

const infoOf = (given: object) =>
  fieldsOf(
    Object.entries({
      ...{ redis_version: '7.2.4', aof_enabled: 1, connected_slaves: 2 },
      ...given,
    })
      .map(([name, value]) => `${name}:${value}\r\n`)
      .join(''),
  );

test.each([
  [{}, 'synced', 2, []],
  [{ connected_slaves: 1 }, 'replicated', 2, ['too_few_replicas']],
  [{ connected_slaves: 0 }, 'replicated', 1, ['too_few_replicas']],
  [{ connected_slaves: 0 }, 'replicated', undefined, []],
  [{ connected_slaves: 0 }, 'stored', 1, []],
  [{ redis_version: '7.0.15' }, 'synced', 2, ['not_synced']],
  [{ redis_version: '7.0.15' }, 'replicated', 2, []],
  [{ redis_version: '8.1.0' }, 'synced', 2, []],
  [{ aof_enabled: 0 }, 'synced', 2, ['not_synced']],
  [{ aof_enabled: 0 }, 'replicated', 2, []],
  [{ aof_enabled: 0, connected_slaves: 1 }, 'synced', 2, ['too_few_replicas', 'not_synced']],
] as const)(
  'of %j, where %s by %s replicas is required, it warns of %j',
  (info, level, replicas, kinds) => {
    const warnings = durabilityWarnings(infoOf(info), { level, replicas });
    expect(warnings.map(({ kind }) => kind)).toEqual(kinds);
  },
);

test('its lines say what is missing, and what follows', () => {
  const [replicas, synced] = durabilityWarnings(
    infoOf({ redis_version: '7.0.15', connected_slaves: 1 }),
    { level: 'synced', replicas: 2 },
  );
  expect(replicas?.text).toBe(
    '1 of 2 replicas (DURABILITY_REPLICAS) are connected to it: until they are, its updates are only stored',
  );
  expect(synced?.text).toBe(
    'it has no WAITAOF (Redis 7.0.15; Redis 7.2 and Valkey have it): its updates are replicated at best',
  );
});
