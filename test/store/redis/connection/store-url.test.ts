import { describe, expect, it } from 'vitest';
import { parseStoreUrl } from '../../../../src/store/redis/connection/store-url.ts';

describe('parseStoreUrl()', () => {
  it.each([
    ['redis://cache', { host: 'cache', port: 6379, database: 0 }],
    ['redis://cache:7000/', { host: 'cache', port: 7000, database: 0 }],
    ['redis://10.0.0.1:7000/3', { host: '10.0.0.1', port: 7000, database: 3 }],
    ['redis://[::1]:7000', { host: '::1', port: 7000, database: 0 }],
  ])('reads %s as one server', (url, server) => {
    expect(parseStoreUrl(url)).toEqual({
      target: { kind: 'standalone', ...server },
      tls: false,
      username: '',
      password: '',
    });
  });

  it('reads redis+cluster:// as some of the servers of a cluster', () => {
    expect(parseStoreUrl('redis+cluster://a:7000,b,[::1]:7002').target).toEqual({
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 6379 },
        { host: '::1', port: 7002 },
      ],
    });
  });

  it.each([
    ['redis+sentinel://a/mymaster', [['a', 26379]], 'mymaster', 0],
    [
      'redis+sentinel://a,b:7000,[::1]:7001/redis.main-1/',
      [
        ['a', 26379],
        ['b', 7000],
        ['::1', 7001],
      ],
      'redis.main-1',
      0,
    ],
    ['redis+sentinel://a:7000/my_master/3', [['a', 7000]], 'my_master', 3],
  ])('reads %s as sentinels, and the name of their master', (url, addresses, name, database) => {
    const sentinels = addresses.map(([host, port]) => ({ host, port }));
    expect(parseStoreUrl(url).target).toEqual({ kind: 'sentinel', sentinels, name, database });
  });

  it.each([
    'redis://cache:7000/3',
    'redis+sentinel://user:password@a:7000,b/mymaster',
    'redis+cluster://a,b',
  ])('reads %s with rediss as the same over TLS', (url) => {
    expect(parseStoreUrl(url).tls).toBe(false);
    const secure = parseStoreUrl(url.replace('redis', 'rediss'));
    expect(secure).toEqual({ ...parseStoreUrl(url), tls: true });
  });

  it.each([
    ['redis://user:p%40ss%3A%2F@cache', 'user', 'p@ss:/'],
    ['redis://:secret@cache', '', 'secret'],
    ['redis://:se/cr?et#@cache', '', 'se/cr?et#'],
    ['redis+cluster://user:a:b@a,b', 'user', 'a:b'],
    ['redis+sentinel://user:a/b@a,b/mymaster', 'user', 'a/b'],
    ['redis://user@cache', 'user', ''],
  ])('reads the credentials of %s', (url, username, password) => {
    expect(parseStoreUrl(url)).toMatchObject({ username, password });
  });

  it.each([
    '',
    'cache:6379',
    'http://:secret@cache',
    'redisss://:secret@cache',
    'redis+clusters://:secret@a',
    'rediss://:secret@a,b',
    'redis+sentinel://:secret@a,b',
    'redis+sentinel://:secret@a,b/',
    'redis+sentinel://:secret@a,,b/mymaster',
    'redis+sentinel://:secret@a/mymaster/x',
    'redis+sentinel://:secret@a/mymaster/1/2',
    'redis+sentinel://:secret@a/my master',
    'redis+sentinel://:secret@a:0/mymaster',
    'redis+sentinels://:secret@a/mymaster',
    'redis://:secret@a,b',
    'redis://:secret@cache/sessions',
    'redis://:secret@cache:70000',
    'redis://:secret@cache:0',
    'redis://:secret@',
    'redis://:secret%@cache',
    'redis+cluster://:secret@a,,b',
    'redis+cluster://:secret@a/1',
    'redis://:secret@cache?db=1',
  ])('refuses %s, names the accepted forms, and repeats no password', (url) => {
    expect(() => parseStoreUrl(url)).toThrow(
      /redis:\/\/.*redis\+sentinel:\/\/.*redis\+cluster:\/\//,
    );
    expect(() => parseStoreUrl(url)).not.toThrow(/secret/);
  });
});
