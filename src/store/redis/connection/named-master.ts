// Which master to follow when the sentinels do not agree.
//
// During a failover some know of it before the others; and a sentinel that is cut off from the rest
// names a master that was replaced long ago, which may still take writes that are lost later. Each
// failover has a number of its own, the configuration epoch, and the highest is the latest. So the
// master with the highest epoch is followed, at once. A master with a lower epoch is followed only if
// most of the sentinels name it: then they were set up again, and count from the start.

import { addressOf, type NodeAddress } from './node-address.ts';

/** The master, as one sentinel knows it. */
export type NamedMaster = {
  address: NodeAddress;
  epoch: number;
  /** How many replicas it has, connected or not. */
  replicas: number;
};

/**
 * The master to follow: the one that is followed already, or another. Undefined at the start, until
 * most of the sentinels have answered or none is `outstanding` any more.
 *
 * @param answers the masters that the answering sentinels name @param given the master that is
 * followed; the number of sentinels, and of those that have not answered yet
 */
export function masterToFollow(
  answers: readonly NamedMaster[],
  {
    followed,
    sentinels,
    outstanding,
  }: { followed: NamedMaster | undefined; sentinels: number; outstanding: number },
): NamedMaster | undefined {
  const isMost = (some: readonly unknown[]) => some.length > sentinels / 2;
  const [latest] = [...answers].sort((a, b) => b.epoch - a.epoch);
  if (latest === undefined) return followed;
  if (followed === undefined) return isMost(answers) || outstanding === 0 ? latest : undefined;
  const isNewer = latest.epoch > followed.epoch;
  return isNewer || isMost(answers.filter(isSameAs(latest))) ? latest : followed;
}

/** Whether another master has the same address. */
export function isSameAs({ address }: NamedMaster): (other: NamedMaster) => boolean {
  return (other) => addressOf(other.address) === addressOf(address);
}
