// Values that are each in range and contradict each other: no schema can say so, so a template
// does, in a sentence.

import { describe, expect, test } from 'vitest';
import { refusalOf } from './refusal-of.ts';

const URL = 'store.url=redis://redis';

describe('what does not go together is refused, and says why', () => {
  test.each([
    [['gateway.enabled=false'], 'nothing is left to install'],
    [
      ['injection.enabled=true'],
      'this API server has no MutatingAdmissionPolicy of v1 or v1beta1, so no Pod would get a sidecar',
    ],
    [
      ['flows.existingConfigMap=a', 'flows.definitions.b\\.json.ttl=1h'],
      'flows.definitions and flows.existingConfigMap are both set',
    ],
    [['flows.definitions.b\\.json=no json'], 'flows.definitions: b.json is not a JSON object'],
    [['rpc.enabled=true'], 'rpc.enabled sends sessions and the token over the network'],
    [
      ['rpc.enabled=true', 'rpc.plaintext=true', 'rpc.tls.existingSecret=a'],
      'rpc.plaintext and rpc.tls.existingSecret are both set',
    ],
    [
      ['rpc.enabled=true', 'rpc.plaintext=true', 'gateway.service.port=28051'],
      'gateway.service.port and gateway.service.rpcPort are the same port',
    ],
    [['rpc.plaintext=true', 'rpc.tls.clientCaKey=ca.crt'], 'rpc.tls.clientCaKey names a key of'],
    [['rpc.existingSecret=a'], 'are not used without rpc.enabled'],
    [['rpc.tls.existingSecret=a'], 'are not used without rpc.enabled'],
    [['rpc.plaintext=true'], 'are not used without rpc.enabled'],
    [
      ['store.url=rediss://a', 'store.tls.existingSecret=a', 'store.tls.caKey='],
      'but none of its keys is named',
    ],
    [['store.tls.existingSecret=a'], 'store.tls is set, but store.url does not use TLS'],
    [['store.tls.serverName=a'], 'store.tls is set, but store.url does not use TLS'],
    [
      ['store.url=rediss://a', 'store.tls.existingSecret=a', 'store.tls.certKey=tls.crt'],
      'store.tls.certKey and store.tls.keyKey belong together',
    ],
    [
      ['store.url=rediss://a', 'store.tls.keyKey=tls.key', 'store.tls.certKey=tls.crt'],
      'store.tls.certKey names a key of store.tls.existingSecret, which is empty',
    ],
    [
      ['store.sentinel.existingSecret=a'],
      'store.sentinel is set, but store.url names no sentinels',
    ],
    [
      ['store.url=', 'redisCluster.enabled=true', 'store.existingSecret=a'],
      'redisCluster.enabled creates a store with its own Secret',
    ],
    [
      ['injectedSidecar.image.tag=1.2.3'],
      'injectedSidecar.image is not used without injectedSidecar.image.repository',
    ],
    [
      ['injectedSidecar.store.existingSecret=a'],
      'injectedSidecar.store is not used without injectedSidecar.store.url',
    ],
    [
      ['injection.enabled=true', 'injectedSidecar.store.url=redis://a:b@c'],
      'must not contain a user or a password',
    ],
    [
      ['gateway.spool.persistence.enabled=true'],
      'gateway.spool.persistence is not used without settings.SPOOL: on',
    ],
    [
      ['injection.enabled=true', 'injectedSidecar.spool.volume.emptyDir.medium=Memory'],
      'spool.volume is not used without settings.SPOOL: on',
    ],
    [
      ['settings.SESSION_TTL=400d1s'],
      'settings.SESSION_TTL is 400d1s: it takes 1 second to 400 days',
    ],
    [
      ['injection.enabled=true', 'injectedSidecar.settings.SESSION_TTL=0s'],
      'settings.SESSION_TTL is 0s: it takes 1 second to 400 days',
    ],
    [
      ['store.url=', 'redisCluster.enabled=true', 'redisCluster.resources=null'],
      'redisCluster.resources.limits.memory is not set',
    ],
    [
      ['commonLabels.helm\\.sh/chart=a'],
      'commonLabels has helm.sh/chart, which the chart itself sets',
    ],
    [
      ['commonLabels.app\\.kubernetes\\.io/component=a'],
      'commonLabels has app.kubernetes.io/component, which the chart itself sets',
    ],
    [
      ['store.legacy.existingSecret=a'],
      'store.legacy.existingSecret is not used without settings.LEGACY_STATE: read',
    ],
    [
      [
        ...['store.legacy.existingSecret=a', 'settings.LEGACY_STATE=read'],
        'settings.LEGACY_STORE_URL=redis://former',
      ],
      'store.legacy.existingSecret and settings.LEGACY_STORE_URL are both set',
    ],
    [
      ['commonAnnotations.helm\\.sh/hook=test'],
      'commonAnnotations has helm.sh/hook, by which the chart itself says what Helm does',
    ],
    [['gateway.extraEnvVars[0].name=SHUTDOWN_GRACE_MS'], 'extraEnvVars sets SHUTDOWN_GRACE_MS'],
    [
      ['gateway.autoscaling.enabled=true', 'gateway.autoscaling.minReplicas=11'],
      'gateway.autoscaling.minReplicas (11) is above maxReplicas (10)',
    ],
    [
      ['monitoring.serviceMonitor.enabled=true', 'monitoring.serviceMonitor.scrapeTimeout=30001ms'],
      'monitoring.serviceMonitor.scrapeTimeout (30001ms) is above its interval (30s)',
    ],
    [
      [
        ...['monitoring.podMonitor.enabled=true', 'monitoring.podMonitor.interval=1m'],
        'monitoring.podMonitor.scrapeTimeout=1m1s',
      ],
      'monitoring.podMonitor.scrapeTimeout (1m1s) is above its interval (1m)',
    ],
  ])('%s', async (set, words) => {
    expect(await refusalOf([URL, ...set])).toContain(words);
  });
});
