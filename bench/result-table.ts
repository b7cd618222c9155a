/** One line of the result. */
export type Row = {
  name: string;
  value: string;
  /** The limit that the design sets, and whether it is met; absent where it sets none. */
  limit?: string;
  isMet?: boolean;
};

/** The limit of a value, and whether the value meets it. */
export function withLimit(
  value: number,
  { atLeast, atMost, unit = '' }: { atLeast?: number; atMost?: number; unit?: string },
): Pick<Row, 'limit' | 'isMet'> {
  if (atLeast !== undefined) return { limit: `>= ${atLeast}${unit}`, isMet: value >= atLeast };
  if (atMost !== undefined) return { limit: `<= ${atMost}${unit}`, isMet: value <= atMost };
  return {};
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

/** Rows as text, in columns. */
export function tableText(rows: readonly Row[]): string {
  const lines = [
    ['what', 'value', 'limit', 'met'],
    ...rows.map(({ name, value, limit = '', isMet }) => [name, value, limit, metText(isMet)]),
  ];
  const widths = [0, 1, 2, 3].map((column) =>
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

function metText(isMet: boolean | undefined): string {
  if (isMet === undefined) return '';
  return isMet ? 'yes' : 'no';
}
