import { expect, it } from 'vitest';
import { createNodeHealth } from '../../../../src/store/redis/connection/node-health.ts';

function createTold() {
  const told: string[] = [];
  const health = createNodeHealth({
    onConnectionError: ({ address, reason }) => told.push(`${address} ${reason}`),
    onConnected: ({ address }) => told.push(`${address} connected`),
  });
  return { told, health };
}

it('a cause is told once for each address, until it changes or a connection succeeds', () => {
  const { told, health } = createTold();
  for (const reason of ['refused', 'refused', 'timeout', 'timeout']) health.failed('a:1', reason);
  health.failed('b:1', 'timeout');
  health.connected('a:1');
  health.failed('a:1', 'timeout');
  expect(told).toEqual([
    'a:1 refused',
    'a:1 timeout',
    'b:1 timeout',
    'a:1 connected',
    'a:1 timeout',
  ]);
});

it('the failure of an address is its last cause, and of no address all that are known', () => {
  const { health } = createTold();
  expect(health.hasFailures()).toBe(false);
  expect(health.failures(undefined)).toEqual([{ reason: 'not connected yet' }]);
  expect(health.failures('a:1')).toEqual([{ address: 'a:1', reason: 'not connected' }]);
  health.failed('a:1', 'refused');
  health.failed('b:1', 'timeout');
  health.failed('c:1', 'unknown host');
  health.forget('c:1');
  const [one, other] = [
    { address: 'a:1', reason: 'refused' },
    { address: 'b:1', reason: 'timeout' },
  ];
  expect(health.failures('a:1')).toEqual([one]);
  expect(health.failures(undefined)).toEqual([one, other]);
  expect(health.hasFailures()).toBe(true);
});

it('only the last 100 addresses are remembered', () => {
  const { health } = createTold();
  for (let place = 0; place < 150; place++) health.failed(`a:${place}`, 'refused');
  expect(health.failures('a:49')).toEqual([{ address: 'a:49', reason: 'not connected' }]);
  expect(health.failures('a:50')).toEqual([{ address: 'a:50', reason: 'refused' }]);
});
