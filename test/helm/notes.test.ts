// What Helm says after an installation: commands that fit what was installed, and warnings of what
// somebody should have decided.

import { describe, expect, test } from 'vitest';
import { notesFor } from './notes-for.ts';

const QUIET = {
  store: { url: 'rediss://redis:6379' },
  webhook: { existingSecret: 'hook' },
  gateway: { ingress: { enabled: true, hosts: ['a.example.com'], tls: [{ secretName: 'a' }] } },
};

async function warningsFor(values: object): Promise<string[]> {
  const [, warnings = ''] = (await notesFor(values)).split('WARNINGS\n');
  return warnings.split('\n').filter((line) => line.startsWith('- '));
}

describe('the next step', () => {
  test('names what was installed', async () => {
    const notes = await notesFor(QUIET);
    expect(notes).toContain(
      'kubectl -n bots rollout status deployment/session-cognigy-session-sidecar-gateway ',
    );
    expect(notes).toContain(
      `get secret hook -o go-template='{{index .data "webhook-secret" | base64decode}}' | cut -d, -f1`,
    );
    expect(notes).toContain('http://127.0.0.1:18080/webhook/cognigy/restore');
    expect(notes).toContain('helm -n bots test session');
    expect(notes).toContain('https://a.example.com/webhook/cognigy/session');
  });

  test('says what the bundled cluster needs to survive a machine, and shows where its nodes are', async () => {
    const notes = await notesFor({ ...QUIET, store: {}, redisCluster: { enabled: true } });
    expect(notes).toMatch(/only if its Pods are on at least three of them/);
    expect(notes).toContain(
      'kubectl -n bots exec session-cognigy-session-sidecar-redis-0 -- sh -c',
    );
    expect(notes).toContain('survey 127.0.0.1 | evaluate placement.awk');
    expect(await notesFor(QUIET)).not.toContain('placement.awk');
  });

  test('names the StatefulSet of a gateway that keeps its spool', async () => {
    const gateway = { ...QUIET.gateway, spool: { persistence: { enabled: true } } };
    const notes = await notesFor({ ...QUIET, settings: { SPOOL: 'on' }, gateway });
    expect(notes).toContain(
      'kubectl -n bots rollout status statefulset/session-cognigy-session-sidecar-gateway ',
    );
    expect(notes).not.toContain('WARNINGS');
  });

  test('speaks TLS where the gateway does', async () => {
    const webhook = {
      existingSecret: 'hook',
      existingSecretKey: 'my.key',
      tls: { existingSecret: 'tls' },
    };
    const notes = await notesFor({ ...QUIET, webhook });
    expect(notes).toContain(
      'curl -sSk --retry 9 --retry-delay 1 --retry-connrefused https://127.0.0.1:18080/',
    );
    expect(notes).toContain('{{index .data "my.key" | base64decode}}');
  });

  test('says where flows post to through a Gateway, also where it alone knows its hosts', async () => {
    const through = (hostnames: string[]) =>
      notesFor({
        ...QUIET,
        gateway: { httpRoute: { enabled: true, hostnames, parentRefs: [{ name: 'a' }] } },
      });
    expect(await through(['b.example.com'])).toContain(
      'https://b.example.com/webhook/cognigy/session',
    );
    expect(await through([])).toContain('https://<a host of the Gateway>/webhook/cognigy/session');
  });

  test('shows no secret', async () => {
    const notes = await notesFor({ ...QUIET, webhook: {} });
    expect(notes).not.toMatch(/[A-Za-z0-9]{40}/);
  });

  test('has none of the gateway where there is none', async () => {
    const notes = await notesFor({
      ...QUIET,
      gateway: { enabled: false },
      redisCluster: { enabled: true },
      store: {},
    });
    expect(notes).not.toMatch(/rollout|curl|helm -n bots test/);
  });
});

describe('the warnings', () => {
  test('are none where everything was decided', async () => {
    expect(await warningsFor(QUIET)).toEqual([]);
  });

  test.each([
    [
      'a store that evicts',
      { store: { url: 'rediss+sentinel://redis-ha-node-0.redis-ha-headless/mymaster' } },
      /redis-ha .*evicts/,
    ],
    ['plain text to the store', { store: { url: 'redis://redis' } }, /plain text/],
    [
      'a generated secret',
      { webhook: { existingSecret: '' } },
      /generated.*set webhook\.existingSecret/,
    ],
    [
      'a generated token',
      { rpc: { enabled: true, tls: { existingSecret: 'tls' } } },
      /set rpc\.existingSecret/,
    ],
    [
      'rpc in plain text',
      { rpc: { enabled: true, plaintext: true, existingSecret: 'a' } },
      /rpc\.plaintext is set/,
    ],
    ['a single replica', { gateway: { ...QUIET.gateway, replicaCount: 1 } }, /one replica/],
    [
      'an ingress without TLS',
      { gateway: { ingress: { enabled: true, hosts: ['a.example.com'] } } },
      /tls is empty/,
    ],
    [
      'an ingress that is not told of TLS behind it',
      { webhook: { existingSecret: 'hook', tls: { existingSecret: 'tls' } } },
      /makes the ingress controller use TLS/,
    ],
    [
      'a spool that does not survive its Pod',
      { settings: { SPOOL: 'on' } },
      /spool is on an emptyDir.*gateway\.spool\.persistence keeps them/,
    ],
    [
      'a webhook that nobody outside reaches',
      { gateway: {} },
      /only be reached within the cluster/,
    ],
    [
      'a bundled cluster that keeps nothing',
      {
        store: { url: '' },
        redisCluster: { enabled: true, existingSecret: 'a', persistence: { enabled: false } },
      },
      /redisCluster\.persistence is off/,
    ],
    [
      'a generated password of the bundled cluster',
      { store: { url: '' }, redisCluster: { enabled: true } },
      /set redisCluster\.existingSecret/,
    ],
  ])('speak of %s, and of nothing else', async (_, values, words) => {
    expect(await warningsFor({ ...QUIET, ...values })).toEqual([expect.stringMatching(words)]);
  });

  test('speak of Secrets that are missing without a cluster', async () => {
    const notes = await notesFor({ ...QUIET, webhook: {} }, null);
    expect(notes).toMatch(/not rendered.*Create them, and set webhook\.existingSecret/);
  });

  test('name the Secrets that do not exist yet, and what they must have', async () => {
    const values = { ...QUIET, webhook: { ...QUIET.webhook, tls: { existingSecret: 'tls' } } };
    const [, warnings = ''] = (await notesFor(values, [])).split('WARNINGS\n');
    expect(warnings).toContain(
      '- webhook.existingSecret: there is no Secret hook in bots yet. Pods wait until it has the key ' +
        'webhook-secret.',
    );
    expect(warnings).toContain(
      '- webhook.tls.existingSecret: there is no Secret tls in bots yet. Pods wait until it has the ' +
        'keys tls.crt, tls.key.',
    );
    expect(await notesFor(values, null)).not.toContain('there is no Secret');
  });

  test('are quiet about an ingress that was told of TLS behind it', async () => {
    const service = {
      annotations: { 'traefik.ingress.kubernetes.io/service.serversscheme': 'https' },
    };
    const webhook = { existingSecret: 'hook', tls: { existingSecret: 'tls' } };
    expect(
      await warningsFor({ ...QUIET, webhook, gateway: { ...QUIET.gateway, service } }),
    ).toEqual([]);
  });

  test('leave the persistent Redis of Cognigy.AI in peace', async () => {
    const url =
      'rediss+sentinel://redis-persistent-ha-node-0.redis-persistent-ha-headless/mymaster';
    expect(await warningsFor({ ...QUIET, store: { url } })).toEqual([]);
  });
});
