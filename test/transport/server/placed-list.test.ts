import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NOWHERE, type Placed, PlacedList } from '../../../src/transport/server/placed-list.ts';

const MEMBERS = 6;

test('a list has what a Set has, whatever is added and deleted', () => {
  const step = fc.record({ isAdded: fc.boolean(), number: fc.nat(MEMBERS - 1) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const members: Placed[] = Array.from({ length: MEMBERS }, () => ({ place: NOWHERE }));
      const list = new PlacedList<Placed>();
      const set = new Set<Placed>();
      for (const { isAdded, number } of steps) {
        const member = members[number] as Placed;
        if (!isAdded) list.delete(member);
        else if (!list.has(member)) list.add(member);
        if (isAdded) set.add(member);
        else set.delete(member);
        expect(new Set(list)).toEqual(set);
        expect([...list].length).toBe(set.size);
        expect(members.map((each) => list.has(each))).toEqual(members.map((each) => set.has(each)));
      }
    }),
  );
});

test('every member is visited once, also if each is deleted when it is', () => {
  const members: Placed[] = Array.from({ length: MEMBERS }, () => ({ place: NOWHERE }));
  const list = new PlacedList<Placed>();
  for (const member of members) list.add(member);
  const visited: Placed[] = [];
  for (const member of list) {
    visited.push(member);
    list.delete(member);
  }
  expect(visited).toEqual(members);
  expect([...list]).toEqual([]);
});
