// Members in no order, each of which knows its place: what requests under way are kept in, instead
// of a Set. When a Set makes room again, V8 leaves its former table as it was, linked to the new one.
// Once a full collection has made one of these tables old, each quick collection takes it for alive,
// and with it all later tables and their members: every request would stay in memory until the next
// full collection, and quick collections would take ten times as long.

/** What can be in one list. */
export type Placed = {
  /** For the list alone; NOWHERE at first. */
  place: number;
};

export const NOWHERE = -1;

export class PlacedList<Member extends Placed> implements Iterable<Member> {
  readonly #members: Member[] = [];

  add(member: Member): void {
    member.place = this.#members.push(member) - 1;
  }

  has(member: Member): boolean {
    return member.place !== NOWHERE;
  }

  /** Does nothing if it is not there. */
  delete(member: Member): void {
    if (!this.has(member)) return;
    const last = this.#members.pop() as Member;
    if (last !== member) {
      this.#members[member.place] = last;
      last.place = member.place;
    }
    member.place = NOWHERE;
  }

  /** All members there are now, whatever is added or deleted meanwhile. */
  [Symbol.iterator](): Iterator<Member> {
    return [...this.#members][Symbol.iterator]();
  }
}
