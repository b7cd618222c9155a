import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFairShares, largestShare } from '../../../src/transport/server/fair-shares.ts';
import { peerOf } from '../../../src/transport/server/peer.ts';

describe('fair shares', () => {
  test('a peer alone gets three quarters, and a newcomer its part of what is left', () => {
    const shares = createFairShares(1000);
    const fill = (peer: string) => {
      let held = 0;
      while (shares.fits(peer, 1)) {
        shares.add(peer, 1);
        held += 1;
      }
      return held;
    };
    expect(fill('first')).toBe(largestShare(1000));
    expect(fill('second')).toBe(187);
    expect(fill('first')).toBe(0);
    expect(fill('third')).toBeGreaterThan(40);
  });

  test('the only place there is goes to whoever comes first', () => {
    const shares = createFairShares(1);
    expect(shares.fits('a', 1)).toBe(true);
    shares.add('a', 1);
    expect([shares.fits('a', 1), shares.fits('b', 1)]).toEqual([false, false]);
    shares.add('a', -1);
    expect(shares.fits('b', 1)).toBe(true);
  });

  test('the limit is never exceeded, no peer takes all, and what is given back is free', () => {
    const step = fc.record({
      peer: fc.constantFrom('a', 'b', 'c', 'd'),
      amount: fc.integer({ min: 1, max: 40 }),
      isReturn: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const limit = 200;
        const shares = createFairShares(limit);
        const held: { peer: string; amount: number }[] = [];
        for (const { peer, amount, isReturn } of steps) {
          if (isReturn) {
            const back = held.shift();
            if (back) shares.add(back.peer, -back.amount);
          } else if (shares.fits(peer, amount)) {
            shares.add(peer, amount);
            held.push({ peer, amount });
          }
          const of = (name: string) =>
            held.filter((each) => each.peer === name).reduce((sum, each) => sum + each.amount, 0);
          expect(shares.total()).toBe(held.reduce((sum, each) => sum + each.amount, 0));
          expect(shares.total()).toBeLessThanOrEqual(limit);
          for (const name of ['a', 'b', 'c', 'd'])
            expect(of(name)).toBeLessThanOrEqual((limit * 3) / 4);
        }
      }),
    );
  });
});

test.each([
  ['10.1.2.3', '10.1.2.3'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
  ['2001:db8::6', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  [undefined, 'local'],
])('%s is the peer %s', (remoteAddress, peer) => {
  expect(peerOf({ remoteAddress } as Parameters<typeof peerOf>[0])).toBe(peer);
});
