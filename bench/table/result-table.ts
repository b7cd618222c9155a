/** One line of the result. */
export type Row = {
  name: string;
  /** The median of the values that were measured. */
  figure: number;
  /** Follows the figure; a share has none. */
  unit: string;
  /** Of several values, the lowest and the highest. */
  low?: number;
  high?: number;
  /** What else was measured, in words. */
  note?: string;
  /** The limit that the design sets, where it sets one. */
  atLeast?: number;
  atMost?: number;
};

/** A line from what was measured in each round, or once. */
export function rowOf(
  name: string,
  values: readonly number[],
  rest: Omit<Row, 'name' | 'figure' | 'low' | 'high'>,
): Row {
  const spread = values.length > 1 && { low: Math.min(...values), high: Math.max(...values) };
  return { name, figure: median(values), ...spread, ...rest };
}

/** Whether a figure meets its limit; undefined where it has none. */
export function isMet({ figure, atLeast, atMost }: Row): boolean | undefined {
  if (atLeast === undefined && atMost === undefined) return undefined;
  return figure >= (atLeast ?? figure) && figure <= (atMost ?? figure);
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

/** The smallest value that this share of the values does not exceed. */
export function percentile(values: Iterable<number>, share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Rows as text, in columns; with the rows of another run, how far each is from there. */
export function tableText(rows: readonly Row[], kept: readonly Row[] = []): string {
  const comparing = kept.length > 0 ? ['kept', 'change'] : [];
  return columnsText([
    ['what', 'value', 'low-high', 'limit', 'met', ...comparing, 'also'],
    ...rows.map((row) => {
      const { name, figure, unit, low, high, note = '' } = row;
      const spread =
        low === undefined || high === undefined ? '' : `${digits(low)}-${digits(high)}`;
      const other = kept.find((candidate) => candidate.name === name);
      const change = other
        ? [`${digits(other.figure)}${other.unit}`, percent(figure / other.figure - 1)]
        : ['', ''];
      return [
        ...[name, `${digits(figure)}${unit}`, spread, limitText(row), metText(isMet(row))],
        ...(comparing.length > 0 ? change : []),
        note,
      ];
    }),
  ]);
}

/** Lines of cells as text, in columns. */
export function columnsText(lines: readonly string[][]): string {
  const columns = Math.max(...lines.map((line) => line.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A number with three digits that say something, such as 0.313, 12.3, 5120. */
export function digits(figure: number): string {
  const decimals = Math.abs(figure) >= 100 ? 0 : Math.abs(figure) >= 10 ? 1 : 2;
  return figure.toFixed(decimals);
}

function percent(share: number): string {
  return `${share < 0 ? '' : '+'}${(share * 100).toFixed(0)} %`;
}

function limitText({ atLeast, atMost, unit }: Row): string {
  if (atLeast !== undefined) return `>= ${atLeast}${unit}`;
  return atMost === undefined ? '' : `<= ${atMost}${unit}`;
}

function metText(met: boolean | undefined): string {
  if (met === undefined) return '';
  return met ? 'yes' : 'no';
}
