// What holds for every script, by its text.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const FOLDER = new URL('../../../src/store/redis/scripts/', import.meta.url);
const scripts = scriptsIn(FOLDER);
const legacy = scriptsIn(new URL('legacy/', FOLDER));
const parts = scriptsIn(new URL('parts/', FOLDER));
const writes = /redis\.call\('(HSET|HDEL|RENAME|PEXPIREAT|ZADD|ZREM|DEL|SET|UNLINK)'/;

function scriptsIn(folder: URL) {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.lua'))
    .map((name) => [name, readFileSync(new URL(name, folder), 'utf8')] as const);
}

describe.each([...scripts, ...legacy])('%s', (_, lua) => {
  const header = lua.slice(0, lua.search(/^(?!--|#!)/m));

  it('lets the server refuse the whole of it before its first write', () => {
    expect(lua.split('\n', 1)[0]).toMatch(/^#!lua( flags=(no-writes|allow-oom))?$/);
    if (lua.startsWith('#!lua flags=no-writes')) expect(lua).not.toMatch(writes);
  });

  it('says what it does, why it is a script, what goes in and out, and why it may run twice', () => {
    for (const part of [
      /^-- [A-Z]/m,
      /^-- Why a script:/m,
      /^-- KEYS /m,
      /^-- ARGV /m,
      /^-- Returns /m,
    ]) {
      expect(header).toMatch(part);
    }
    expect(header).toMatch(/^-- Safe to run twice because/m);
  });

  it('documents every argument that it takes', () => {
    const taken = [...lua.slice(header.length).matchAll(/ARGV\[(\d+)\]/g)].map(
      ([, place]) => place,
    );
    const isDocumented = (place = '') => new RegExp(`[ ,]${place} `).test(header);
    expect(taken.filter((place) => !isDocumented(place))).toEqual([]);
  });

  it('touches one key at most', () => {
    expect(lua).not.toMatch(/KEYS\[(?!1\])/);
  });
});

it('ping.lua looks up the rights for every command that is sent or that a script runs', () => {
  const run = [...scripts, ...parts].flatMap(([, lua]) =>
    [...lua.matchAll(/redis\.call\('(\w+)'/g)].map(([, call]) => call),
  );
  const ping = scripts.find(([name]) => name === 'ping.lua')?.[1] ?? '';
  const lookedUp = [...ping.matchAll(/^ +\{'(\w+)'/gm)].map(([, call]) => call);
  expect([...lookedUp].sort()).toEqual([...new Set([...run, 'EVAL', 'EVALSHA', 'ZRANGE'])].sort());
});
