const OPEN_METRICS = 'application/openmetrics-text';
/** What also matches the text format of Prometheus. */
const TEXT = ['text/plain', 'text/*', '*/*'];
const VERSIONS = [undefined, '0.0.1', '1.0.0'];

type Range = { type: string; version: string | undefined; quality: number };

/** Whether a scraper prefers the format of OpenMetrics to that of Prometheus, by its `Accept`
 * header. It must name OpenMetrics. */
export function prefersOpenMetrics(accept: string | undefined): boolean {
  const ranges = (accept ?? '').toLowerCase().split(',').map(rangeFrom);
  const best = (matching: Range[]) => Math.max(0, ...matching.map(({ quality }) => quality));
  const open = best(
    ranges.filter(({ type, version }) => type === OPEN_METRICS && VERSIONS.includes(version)),
  );
  return open > 0 && open >= best(ranges.filter(({ type }) => TEXT.includes(type)));
}

function rangeFrom(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim());
  const parameterOf = (name: string) =>
    parameters.find((parameter) => parameter.startsWith(`${name}=`))?.slice(name.length + 1);
  const quality = Number(parameterOf('q') ?? 1);
  return { type, version: parameterOf('version'), quality: Number.isFinite(quality) ? quality : 0 };
}
