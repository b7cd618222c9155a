import { describe, expect, it } from 'vitest';
import {
  masterToFollow,
  type NamedMaster,
} from '../../../../src/store/redis/connection/named-master.ts';

const named = (host: string, epoch: number): NamedMaster => ({
  address: { host, port: 6379 },
  epoch,
  replicas: 2,
});
const started = { followed: undefined, sentinels: 3, outstanding: 0 };

describe('masterToFollow() at the start', () => {
  it('waits for most of the sentinels, or until none is outstanding', () => {
    expect(masterToFollow([named('old', 1)], { ...started, outstanding: 2 })).toBeUndefined();
    expect(masterToFollow([named('old', 1)], started)).toEqual(named('old', 1));
    const two = [named('old', 1), named('new', 2)];
    expect(masterToFollow(two, { ...started, outstanding: 1 })).toEqual(named('new', 2));
    expect(masterToFollow([], started)).toBeUndefined();
  });

  it('takes half of an even number for no majority', () => {
    const four = { ...started, sentinels: 4, outstanding: 1 };
    const two = [named('old', 1), named('old', 1)];
    expect(masterToFollow(two, four)).toBeUndefined();
    expect(masterToFollow([...two, named('old', 1)], four)).toEqual(named('old', 1));
    const pair = { ...started, sentinels: 2, outstanding: 1 };
    expect(masterToFollow([named('old', 1)], pair)).toBeUndefined();
  });
});

describe('masterToFollow() with a master', () => {
  const given = { followed: named('now', 5), sentinels: 3, outstanding: 0 };

  it('follows the first sentinel that knows of a later failover', () => {
    const answers = [named('now', 5), named('next', 6), named('now', 5)];
    expect(masterToFollow(answers, given)).toEqual(named('next', 6));
  });

  it('stays with it when only sentinels are left that are behind, or none', () => {
    expect(masterToFollow([named('old', 4)], given)).toEqual(named('now', 5));
    expect(masterToFollow([named('old', 4), named('older', 3)], given)).toEqual(named('now', 5));
    expect(masterToFollow([named('other', 5)], given)).toEqual(named('now', 5));
    expect(masterToFollow([], given)).toEqual(named('now', 5));
  });

  it('goes back to a lower epoch with most of the sentinels, which were set up anew', () => {
    const anew = [named('first', 0), named('first', 0)];
    expect(masterToFollow(anew, given)).toEqual(named('first', 0));
    expect(masterToFollow([named('now', 0), named('now', 0)], given)).toEqual(named('now', 0));
    expect(masterToFollow([...anew, named('now', 5)], given)).toEqual(named('now', 5));
  });

  it('goes back with more than half of an even number alone', () => {
    const four = { ...given, sentinels: 4 };
    const anew = [named('first', 0), named('first', 0)];
    expect(masterToFollow(anew, four)).toEqual(named('now', 5));
    expect(masterToFollow([...anew, named('first', 0)], four)).toEqual(named('first', 0));
  });
});
