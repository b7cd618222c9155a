// The series as one SVG: a panel for each, CPU time of a request over what grows, on logarithmic
// axes across, from zero up.

import type { Measured, Point, Series } from './measured.ts';

const COLUMNS = 3;
const PANEL = { width: 320, height: 230 };
const PLOT = { left: 52, right: 14, top: 34, bottom: 46 };
const HEAD = 56;

type Line = { name: string; color: string; isDashed: boolean; of: (point: Point) => number };

const LINES: Line[] = [
  { name: 'save, service', color: '#1f6feb', isDashed: false, of: ({ save }) => save.serverUs },
  { name: 'save, Redis', color: '#1f6feb', isDashed: true, of: ({ save }) => save.redisUs },
  {
    ...{ name: 'restore, service', color: '#bf5700', isDashed: false },
    of: ({ restore }) => restore.serverUs,
  },
  {
    ...{ name: 'restore, Redis', color: '#bf5700', isDashed: true },
    of: ({ restore }) => restore.redisUs,
  },
];

/** The plot of what was measured; the same text for the same figures. */
export function plotText({ node, processor, series }: Measured): string {
  const rows = Math.ceil(series.length / COLUMNS);
  const [width, height] = [COLUMNS * PANEL.width, HEAD + rows * PANEL.height];
  const panels = series.map((each, place) => {
    const [x, y] = [(place % COLUMNS) * PANEL.width, Math.floor(place / COLUMNS) * PANEL.height];
    return `<g transform="translate(${x} ${HEAD + y})">${panelText(each)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ` +
      'font-family="system-ui, sans-serif" font-size="11" fill="#333">',
    '<title>CPU time of a request, by what grows</title>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(16, 20, 'CPU time of a request, in microseconds', 'font-size="14" font-weight="600"'),
    ...LINES.map(({ name, color, isDashed }, place) => {
      const x = 16 + place * 150;
      return (
        line(
          [
            [x, 38],
            [x + 24, 38],
          ],
          color,
          isDashed,
        ) + text(x + 30, 42, name)
      );
    }),
    text(width - 16, 20, `${processor}, Node ${node}`, 'text-anchor="end" fill="#777"'),
    ...panels,
    '</svg>',
    '',
  ].join('\n');
}

function panelText({ title, points }: Series): string {
  const right = PANEL.width - PLOT.right;
  const bottom = PANEL.height - PLOT.bottom;
  const logs = points.map(({ at }) => Math.log(at));
  const [first = 0, last = 1] = [logs[0], logs.at(-1)];
  const top = niceAbove(Math.max(...points.flatMap((point) => LINES.map(({ of }) => of(point)))));
  const xOf = ({ at }: Point) =>
    PLOT.left + ((Math.log(at) - first) / (last - first || 1)) * (right - PLOT.left);
  const yOf = (us: number) => bottom - (us / top) * (bottom - PLOT.top);
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const y = yOf(share * top);
    const label = text(PLOT.left - 6, y + 4, short(share * top), 'text-anchor="end" fill="#777"');
    return (
      line(
        [
          [PLOT.left, y],
          [right, y],
        ],
        '#e3e3e3',
        false,
      ) + label
    );
  });
  const marks = points.map((point) =>
    text(xOf(point), bottom + 16, short(point.at), 'text-anchor="middle" fill="#777"'),
  );
  const lines = LINES.map(({ color, isDashed, of }) => {
    const places = points.map((point): [number, number] => [xOf(point), yOf(of(point))]);
    const dots = isDashed
      ? ''
      : places.map(
          ([x, y]) => `<circle cx="${round(x)}" cy="${round(y)}" r="2.5" fill="${color}"/>`,
        );
    return line(places, color, isDashed) + (dots === '' ? '' : dots.join(''));
  });
  const middle = (PLOT.left + right) / 2;
  return [
    ...grid,
    ...lines,
    ...marks,
    text(middle, bottom + 34, title, 'text-anchor="middle" font-weight="600"'),
  ].join('\n');
}

function line(places: [number, number][], color: string, isDashed: boolean): string {
  const path = places.map(([x, y]) => `${round(x)},${round(y)}`).join(' ');
  const dashes = isDashed ? ' stroke-dasharray="4 3"' : '';
  return `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="1.6"${dashes}/>`;
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${content}</text>`;
}

function round(coordinate: number): string {
  return String(Math.round(coordinate * 10) / 10);
}

/** 1, 2, 4 or 5 times a power of ten: a quarter of it is a short number, too. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 4, 5, 10].find((step) => step * power >= value) ?? 10);
}

function short(value: number): string {
  if (value >= 1e6) return `${value / 1e6}M`;
  return value >= 10_000 ? `${value / 1000}k` : String(value);
}
