// What came of all inputs, by kind, and the table of it.

import { KINDS, type NumberedInput } from '../kinds.ts';
import type { Outcome } from './outcome.ts';

type KindReport = {
  inputs: number;
  statuses: Map<string, number>;
  closed: number;
  worstMs: number;
};

/** Statuses of a kind that the table names; the others are summed. */
const STATUSES_SHOWN = 14;

export class Report {
  readonly #kinds = new Map<string, KindReport>(
    Object.keys(KINDS).map((kind) => [
      kind,
      { inputs: 0, statuses: new Map(), closed: 0, worstMs: 0 },
    ]),
  );

  add({ kind }: NumberedInput, { statuses, latencyMs }: Outcome): void {
    const report = this.#kinds.get(kind) as KindReport;
    report.inputs += 1;
    report.worstMs = Math.max(report.worstMs, latencyMs);
    if (statuses.length === 0) report.closed += 1;
    for (const status of statuses)
      report.statuses.set(status, (report.statuses.get(status) ?? 0) + 1);
  }

  get inputs(): number {
    return [...this.#kinds.values()].reduce((sum, { inputs }) => sum + inputs, 0);
  }

  /** The kinds that must be answered with success at times, and never were. */
  kindsRefusedAtTheDoor(): string[] {
    return [...this.#kinds]
      .filter(([kind, { statuses }]) => {
        return (
          KINDS[kind]?.isServed &&
          ![...statuses.keys()].some((status) => /^200( grpc 0)?$/.test(status))
        );
      })
      .map(([kind]) => kind);
  }

  /** A line for each kind. */
  table(): string {
    const lines = [...this.#kinds].map(([kind, { inputs, statuses, closed, worstMs }]) => {
      return `${kind.padEnd(26)}${inputs.toString().padStart(9)}${closed.toString().padStart(9)}${worstMs.toFixed(0).padStart(7)} ms  ${shown(statuses)}`;
    });
    return ['kind                         inputs   silent    worst  answers', ...lines, ''].join(
      '\n',
    );
  }
}

function shown(statuses: Map<string, number>): string {
  const sorted = [...statuses].sort(([, one], [, other]) => other - one);
  const named = sorted.slice(0, STATUSES_SHOWN).map(([status, count]) => `${status}: ${count}`);
  const others = sorted.slice(STATUSES_SHOWN).reduce((sum, [, count]) => sum + count, 0);
  return [...named, ...(others > 0 ? [`others: ${others}`] : [])].join(', ');
}
