import type { Costs } from '../rounds.ts';
import { median, type Row, rowOf } from './result-table.ts';

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
  | 'restoreOf15Saves'
  | 'persistInto1Kb'
  | 'persistInto256Kb'
  | 'persistAmongFew'
  | 'persistAmongMany';

type Limit = Pick<Row, 'atLeast' | 'atMost'>;

/** The rows about the costs of requests. Rates are per CPU second of the server. Ratios are
 * computed within each round, and shown with their lowest and highest value. */
export function costRows(costs: Costs<CaseName>, manySessions: number): Row[] {
  const serverUs = (name: CaseName) => costs[name].map((cost) => cost.serverUs);
  const allUs = (name: CaseName) => costs[name].map((cost) => cost.serverUs + cost.redisUs);
  const ratios = (over: number[], under: number[]) =>
    over.map((cost, round) => cost / (under[round] ?? Number.NaN));
  const perSecond = (name: CaseName) => serverUs(name).map((cost) => 1e6 / cost);

  const rate = (name: CaseName, title: string) =>
    rowOf(title, perSecond(name), { unit: ' per CPU second' });
  const share = (name: CaseName, floor: CaseName, title: string, limit: Limit = {}) =>
    rowOf(title, ratios(serverUs(floor), serverUs(name)), {
      unit: ` of ${floor === 'grpcJs' ? 'grpc-js' : 'floor'}`,
      note: `${Math.round(median(perSecond(name)))} per CPU second`,
      ...limit,
    });
  const growth = (large: CaseName, small: CaseName, title: string, atMost: number) =>
    rowOf(title, ratios(allUs(large), allUs(small)), { unit: 'x', atMost });

  return [
    rate('floor', 'floor over HTTP/1.1'),
    share('webhookPersist', 'floor', 'webhook persist', { atLeast: 0.75 }),
    share('talkingPersist', 'floor', 'webhook persist with its compactions'),
    share('restoreOf1Kb', 'floor', 'webhook restore of 1 kB', { atLeast: 0.9 }),
    share('restoreOf20Kb', 'floor', 'webhook restore of 20 kB', { atLeast: 0.6 }),
    share('restoreOf15Saves', 'floor', 'webhook restore of 15 saves of 1 kB, not compacted'),
    share('connectPersist', 'floor', 'Connect JSON Persist over HTTP/1.1', { atLeast: 0.7 }),
    rate('grpcFloor', 'gRPC floor'),
    share('grpcPersist', 'grpcFloor', 'gRPC Persist', { atLeast: 0.6 }),
    rate('grpcJs', 'bare grpc-js server'),
    share('grpcPersist', 'grpcJs', 'gRPC Persist against bare grpc-js', { atLeast: 1 }),
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
