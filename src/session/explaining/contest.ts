// Which update decides what a key is, of all that name it, and by what the others lost. Nothing is
// decided here: the registers of the fold say who wins, and the comparison of stamps says by which
// part.

import type { SessionState, Update } from '../../gen/cognigy/session/v1/session_state_pb.ts';
import {
  addToPart,
  createParts,
  type Held,
  inEffect,
  later,
  type Part,
  type RankedUpdate,
  ranked,
} from '../registers.ts';
import { compareStamps, partThatDecides, type StampPart } from '../stamp.ts';

/** What an update did to a key. `replaced`: it replaced the whole part, without the key. */
export type ClaimAction = 'set' | 'removed' | 'replaced';

/** What an update says about a key. */
export type Claim<Source> = RankedUpdate & {
  action: ClaimAction;
  /** What it set; undefined if it removed the key. */
  json: string | undefined;
  source: Source;
};

/** A claim that is not in effect. `content`: the stamps are equal, and what they say decides. */
export type LostClaim<Source> = Claim<Source> & { decidedBy: StampPart | 'content' };

/** All claims to a key. The lost ones have the latest stamp first. */
export type Contest<Source> = { winner: Claim<Source> | undefined; lost: LostClaim<Source>[] };

/** A key whose updates compete, or the user or flow of a session. */
export type ContestedKey =
  | { part: 'variables' | 'context'; key: string }
  | { part: 'userId' | 'flowId' };

/** Holds the contest for a key between updates of states, folded or not. Of an update that is in
 * several sources the first one is named. */
export function contestFor<Source extends { state: SessionState }>(
  contested: ContestedKey,
  sources: readonly Source[],
): Contest<Source> {
  const sourceOf = new Map<Update, Source>();
  for (const source of sources)
    for (const update of source.state.updates) sourceOf.set(update, source);
  const updates = ranked(sources.map(({ state }) => state));
  const held = heldOf(contested, updates);
  const claims = distinct(
    updates.flatMap((one) => {
      const source = sourceOf.get(one.update) as Source;
      return claimsOf(contested, one.update).map((claim) => ({ ...one, ...claim, source }));
    }),
    sources,
  );
  const winner = held && claims.find(({ rank, json }) => rank === held.rank && json === held.value);
  if (!winner) return { winner, lost: [] };
  const lost = claims
    .filter((claim) => claim !== winner)
    .map((claim) => ({ ...claim, decidedBy: decidedBetween(winner.update, claim.update) }));
  return { winner, lost: lost.reverse() };
}

function decidedBetween(winner: Update, loser: Update): StampPart | 'content' {
  return partThatDecides(compareStamps(winner.stamp, loser.stamp)) ?? 'content';
}

/** What the fold has for the key. */
function heldOf(
  contested: ContestedKey,
  updates: readonly RankedUpdate[],
): Held<string | undefined> | undefined {
  if (contested.part === 'variables' || contested.part === 'context') {
    const part = partOf(contested.part);
    for (const one of updates) addToPart(part, one);
    const held = inEffect(part, contested.key);
    return held && { ...held, value: held.value?.json };
  }
  let held: Held<string> | undefined;
  for (const one of updates) {
    const value = one.update[contested.part];
    if (value !== '') held = later(held, { ...one, value });
  }
  return held;
}

function partOf(name: 'variables' | 'context'): Part {
  const [variables, context] = createParts();
  return name === 'variables' ? variables : context;
}

/** The fields of an update, by part. */
const FIELDS = { variables: partOf('variables'), context: partOf('context') };

type SaidOf = Pick<Claim<unknown>, 'action' | 'json'>;

function claimsOf(contested: ContestedKey, update: Update): SaidOf[] {
  if (contested.part !== 'variables' && contested.part !== 'context') {
    const value = update[contested.part];
    return value === '' ? [] : [{ action: 'set', json: value }];
  }
  const { part, key } = contested;
  const fields = FIELDS[part];
  const entry = update[fields.set].find((one) => one.key === key);
  const claims: SaidOf[] = entry ? [{ action: 'set', json: entry.json }] : [];
  if (update[fields.removed].includes(key)) claims.push({ action: 'removed', json: undefined });
  if (claims.length === 0 && update[fields.replaces])
    claims.push({ action: 'replaced', json: undefined });
  return claims;
}

/** Each claim once, also where a snapshot has the same update as a frame; earliest stamp first. */
function distinct<Source>(
  claims: readonly Claim<Source>[],
  sources: readonly Source[],
): Claim<Source>[] {
  const found: Claim<Source>[] = [];
  for (const same of Map.groupBy(claims, ({ rank }) => rank).values()) {
    // What is left of an update in a snapshot may not name the key any more.
    const named = same.filter(({ action }) => action !== 'replaced');
    const byJson = Map.groupBy(named.length > 0 ? named : same, ({ json }) => json);
    for (const equal of byJson.values()) found.push(firstOf(equal, sources));
  }
  return found;
}

/** The claim whose source is named first. */
function firstOf<Source>(
  claims: readonly Claim<Source>[],
  sources: readonly Source[],
): Claim<Source> {
  const place = ({ source }: Claim<Source>) => sources.indexOf(source);
  return claims.reduce((first, claim) => (place(claim) < place(first) ? claim : first));
}
