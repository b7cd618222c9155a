import { median, type Row, withLimit } from './result-table.ts';
import type { Costs } from './rounds.ts';

type CaseName =
  | 'floor'
  | 'grpcFloor'
  | 'grpcJs'
  | 'webhookPersist'
  | 'talkingPersist'
  | 'grpcPersist'
  | 'connectPersist'
  | 'restoreOf1Kb'
  | 'restoreOf20Kb'
  | 'persistInto1Kb'
  | 'persistInto256Kb'
  | 'persistAmongFew'
  | 'persistAmongMany';

const OF_THE_FLOOR = { atLeast: 0.6 };

/** The rows about the costs of requests. Rates are per CPU second of the server. Ratios are
 * computed within each round, and shown with their lowest and highest value. */
export function costRows(costs: Costs<CaseName>, manySessions: number): Row[] {
  const rate = (name: CaseName) => `${Math.round(1e6 / median(costs[name]))}/s`;
  const ratios = (of: CaseName, by: CaseName) =>
    costs[of].map((cost, round) => cost / (costs[by][round] ?? Number.NaN));

  const againstFloor = (name: CaseName, floor: CaseName, title: string, limit = {}): Row => {
    const shares = ratios(floor, name);
    return {
      name: title,
      value: `${rate(name)}, ${spread(shares)} of it`,
      ...withLimit(median(shares), limit),
    };
  };
  const growth = (large: CaseName, small: CaseName, title: string, atMost: number): Row => {
    const times = ratios(large, small);
    return {
      name: title,
      value: `${spread(times)}x`,
      ...withLimit(median(times), { atMost, unit: 'x' }),
    };
  };
  return [
    { name: 'floor over HTTP/1.1', value: rate('floor') },
    againstFloor('webhookPersist', 'floor', 'webhook persist', OF_THE_FLOOR),
    againstFloor(
      'talkingPersist',
      'floor',
      'webhook persist, every fourth followed by a compaction',
    ),
    againstFloor('restoreOf1Kb', 'floor', 'webhook restore of 1 kB'),
    againstFloor('restoreOf20Kb', 'floor', 'webhook restore of 20 kB'),
    againstFloor('connectPersist', 'floor', 'Connect JSON Persist over HTTP/1.1', { atLeast: 0.7 }),
    { name: 'gRPC floor', value: rate('grpcFloor') },
    againstFloor('grpcPersist', 'grpcFloor', 'gRPC Persist', OF_THE_FLOOR),
    { name: 'bare grpc-js server', value: rate('grpcJs') },
    againstFloor('grpcPersist', 'grpcJs', 'gRPC Persist against bare grpc-js', { atLeast: 1 }),
    growth(
      'persistInto256Kb',
      'persistInto1Kb',
      'cost of a persist, session of 256 kB against 1 kB',
      1.15,
    ),
    growth(
      'persistAmongMany',
      'persistAmongFew',
      `cost of a persist, ${manySessions} live sessions against 1000`,
      1.1,
    ),
  ];
}

function spread(values: readonly number[]): string {
  const [low, middle, high] = [Math.min(...values), median(values), Math.max(...values)];
  return `${middle.toFixed(2)} (${low.toFixed(2)}-${high.toFixed(2)})`;
}
