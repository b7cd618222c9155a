import { describe, expect, test } from 'vitest';
import { configOf, read } from './reading.ts';

describe('listen addresses', () => {
  test.each([
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['[::1]:28051', { host: '::1', port: 28051 }],
    ['LocalHost:65535', { host: 'localhost', port: 65_535 }],
    ['unix:/run/session.sock', { path: '/run/session.sock' }],
  ])('%s is taken for RPC_LISTEN', (text, address) => {
    expect(configOf({ RPC_LISTEN: text }).listen.rpc).toEqual(address);
  });

  test.each([
    ':8080',
    '127.0.0.1',
    '127.0.0.1:65536',
    '::1:80',
    '[::1]',
    '[nonsense]:80',
    'a b:80',
    `unix:/${'x'.repeat(200)}`,
  ])('%s is refused', (text) => {
    expect(read({ RPC_LISTEN: text }).problems).toHaveLength(1);
  });
});
