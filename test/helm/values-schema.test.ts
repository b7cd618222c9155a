// Which values the application chart takes and which it refuses, with what words: a value that is
// mistyped or out of range must not reach a cluster, where it would be a Pod that does not start.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { SETTINGS } from '../../src/config/settings.ts';
import { refusalOf } from './refusal-of.ts';
import { CHARTS } from './render.ts';

const URL = 'store.url=redis://redis';

describe('what is taken', () => {
  test.each([
    ['redis://redis'],
    ['redis://redis:6380/2'],
    ['rediss://[2001:db8::1]:6379'],
    ['redis+cluster://a:7000,b:7001/0'],
    ['redis+sentinel://a,b:26380,c/mymaster/1'],
    ['rediss+sentinel://a/my.master-1'],
  ])('the store %s', async (url) => {
    expect(await refusalOf([], { store: { url } })).toBe('');
  });

  test.each([
    ['a number as a number', 'settings.LOCK_TTL_MS=5000'],
    ['a duration in seconds', 'settings.SESSION_TTL=3600'],
    ['a duration in words', 'settings.SESSION_TTL=1h30m'],
    ['a duration by ISO 8601', 'settings.SESSION_TTL=P7DT12H'],
    ['a switch in quotes', 'settings.RESTORE_BY_USER=off'],
    ['a switch that YAML reads as false', 'settings.RESTORE_BY_USER=false'],
    ['a share of Pods', 'gateway.podDisruptionBudget.maxUnavailable=25%'],
    ['a number of Pods', 'gateway.podDisruptionBudget.maxUnavailable=2'],
    ['a quantity as a number', 'gateway.resources.limits.cpu=2'],
    ['a resource of somebody else', 'gateway.resources.limits.example\\.com/card=1'],
    ['what other charts read', 'global.storageClass=fast'],
    ['a number of Pods that somebody else decides', 'gateway.replicaCount=null'],
    ['settings of which all are commented out', 'settings=null'],
    ['labels of which all are commented out', 'gateway.podLabels=null'],
    ['settings of a sidecar of which all are commented out', 'injectedSidecar.settings=null'],
    ['what the condition of a parent chart looks at', 'enabled=true'],
  ])('%s', async (_, assignment) => {
    expect(await refusalOf([URL, assignment])).toBe('');
  });

  test('labels of the bundled cluster of which all are commented out', async () => {
    expect(await refusalOf(['redisCluster.enabled=true', 'redisCluster.podLabels=null'])).toBe('');
  });
});

describe('where the sessions are kept', () => {
  test('must be said', async () => {
    expect(await refusalOf([])).toContain('no store is configured: set store.url or');
  });

  test('must be said once', async () => {
    const refusal = await refusalOf([URL, 'redisCluster.enabled=true']);
    expect(refusal).toContain('store.url and redisCluster.enabled are both set');
  });

  test.each([
    'redis://sessions:pass-word@redis',
    'rediss+cluster://:pass-word@a,b',
    'redis://pass-word@redis',
  ])('must hold no credentials, and they are not repeated: %s', async (url) => {
    const refusal = await refusalOf([], { store: { url } });
    expect(refusal).toContain('store.url must not contain a user or a password');
    expect(refusal).not.toContain('pass-word');
  });

  test.each([
    'redis',
    'http://redis',
    'redis://a,b',
    'redis+sentinel://a,b',
    'redis+cluster://a/1',
    'redis://',
  ])('is a URL that the service takes: not %s', async (url) => {
    expect(await refusalOf([], { store: { url } })).toContain("at '/store/url': '");
  });
});

describe('a name that does not exist is refused', () => {
  const { image: _, ...defaults } = parse(
    readFileSync(join(CHARTS.application, 'values.yaml'), 'utf8'),
  );
  const sections = Object.keys(defaults).filter(
    (name) =>
      typeof defaults[name] === 'object' && !Array.isArray(defaults[name]) && name !== 'global',
  );

  test.each(['', 'image.', ...sections.map((name) => `${name}.`)])('in "%s"', async (section) => {
    expect(await refusalOf([URL, `${section}tpyo=1`])).toMatch(/'tpyo'|\/tpyo'/);
  });

  test.each([
    'gateway.ingress',
    'gateway.httpRoute',
    'gateway.autoscaling',
    'gateway.service',
    'gateway.resources',
    'store.tls',
    'store.sentinel',
    'rpc.tls',
    'webhook.tls',
    'networkPolicy.webhook',
    'networkPolicy.store',
    'redisCluster.persistence',
    'monitoring.podMonitor',
  ])('in %s', async (section) => {
    expect(await refusalOf([URL, `${section}.tpyo=1`])).toMatch(
      /additional properties 'tpyo' not allowed/,
    );
  });

  test.each(['WEBHOOK_LISTEN', 'STORE_URL', 'RPC_TOKEN', 'FLOWS_DIR', 'SESSION_TTLS'])(
    'among the settings, where the chart sees to it itself: %s',
    async (name) => {
      expect(await refusalOf([URL, `settings.${name}=x`])).toContain(`'${name}' not allowed`);
    },
  );
});

describe('a value is refused', () => {
  test.each([
    ['settings.LOG_LEVEL=loud', "at '/settings/LOG_LEVEL': value must be one of"],
    ['settings.LOCK_TTL_MS=99', "at '/settings/LOCK_TTL_MS': minimum: got 99, want 100"],
    ['settings.LOCK_TTL_MS=1.5', "at '/settings/LOCK_TTL_MS': got string, want integer"],
    [
      'settings.SHUTDOWN_GRACE_MS=020000',
      "at '/settings/SHUTDOWN_GRACE_MS': got string, want integer",
    ],
    ['enabled=false', "at '/enabled': value must be true"],
    ['settings.LOCK_TTL_MS=10s', "at '/settings/LOCK_TTL_MS': got string, want integer"],
    ['settings.HISTORY_MAX_ENTRIES=501', 'maximum: got 501, want 500'],
    ['settings.SESSION_TTL=1 day', "at '/settings/SESSION_TTL': '1 day' does not match pattern"],
    ['settings.SESSION_TTL=P1M', "at '/settings/SESSION_TTL': 'P1M' does not match pattern"],
    ['settings.SESSION_TTL=0', "at '/settings/SESSION_TTL': minimum: got 0, want 1"],
    ['settings.KEY_PREFIX=a{b', "at '/settings/KEY_PREFIX'"],
    ['settings.KEY_PREFIX=cgs:user:', "at '/settings/KEY_PREFIX'"],
    ['settings.RESTORE_BY_USER=maybe', "at '/settings/RESTORE_BY_USER': value must be one of"],
    ['image.digest=sha256:12', "at '/image/digest'"],
    ['image.pullPolicy=Sometimes', "at '/image/pullPolicy'"],
    ['gateway.replicaCount=-1', "at '/gateway/replicaCount': minimum"],
    ['gateway.service.type=ExternalName', "at '/gateway/service/type'"],
    ['gateway.service.port=70000', "at '/gateway/service/port': maximum"],
    ['gateway.ingress.enabled=true', "at '/gateway/ingress/hosts': minItems: got 0, want 1"],
    [
      'gateway.podDisruptionBudget.maxUnavailable=101%',
      "at '/gateway/podDisruptionBudget/maxUnavailable'",
    ],
    [
      'monitoring.podMonitor.namespaceSelector.matchName=a',
      "additional properties 'matchName' not allowed",
    ],
    ['gateway.ingress.hosts={https://a.example.com}', "at '/gateway/ingress/hosts/0'"],
    [
      'gateway.httpRoute.enabled=true',
      "at '/gateway/httpRoute/parentRefs': minItems: got 0, want 1",
    ],
    ['gateway.podLabels.on=true', "at '/gateway/podLabels/on': got boolean, want string"],
    ['gateway.extraEnvVars[0].value=x', "missing property 'name'"],
    ['gateway.resources.limits.memory=lots', "at '/gateway/resources/limits/memory'"],
    ['webhook.existingSecret=Not A Name', "at '/webhook/existingSecret'"],
    ['redisCluster.shards=2', "at '/redisCluster/shards': minimum: got 2, want 3"],
    [
      'flows.definitions.checkout=x',
      "at '/flows/definitions': additional properties 'checkout' not allowed",
    ],
    ['flows.definitions.checkout\\.json=4', "at '/flows/definitions/checkout.json': got number"],
  ])('%s', async (assignment, words) => {
    expect(await refusalOf([URL, assignment])).toContain(words);
  });
});

describe('a section that is nothing is refused, for its defaults would be gone', () => {
  const sections = sectionsOf(parse(readFileSync(join(CHARTS.application, 'values.yaml'), 'utf8')));

  test.each(sections)('%s', async (section) => {
    const refusal = await refusalOf([URL, `${section}=null`]);
    expect(refusal).toContain(`missing property '${section.split('.').at(-1)}'`);
  });
});

/** Paths of the values that have further values in them, except where it is Kubernetes that says
 * which. */
function sectionsOf(values: object, above = ''): string[] {
  const ofKubernetes = ['global', 'resources', 'labels', 'injectedSidecar'];
  return Object.entries(values).flatMap(([name, value]) => {
    const isSection = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
    if (!isSection || Array.isArray(value) || ofKubernetes.includes(name)) return [];
    return [`${above}${name}`, ...sectionsOf(value, `${above}${name}.`)];
  });
}

test('a tag without quotes, which YAML reads as a number, is refused', async () => {
  const values = { store: { url: 'redis://redis' }, image: { tag: 1.2 } };
  expect(await refusalOf([], values)).toContain("at '/image/tag': got number, want string");
});

describe('what the schema takes, the service takes', () => {
  const schema = JSON.parse(readFileSync(join(CHARTS.application, 'values.schema.json'), 'utf8'));
  const bounds = Object.entries<{ minimum?: number; maximum?: number }>(
    schema.properties.settings.properties,
  );

  test.each(bounds.filter(([, { minimum }]) => minimum !== undefined))(
    '%s has the same least and greatest value',
    (name, { minimum = Number.NaN, maximum = Number.NaN }) => {
      const { parse } = SETTINGS[name as keyof typeof SETTINGS];
      const taken = [minimum - 1, minimum, maximum, maximum + 1].map(
        (value) => parse(String(value)) !== undefined,
      );
      expect(taken).toEqual([false, true, true, false]);
    },
  );
});
