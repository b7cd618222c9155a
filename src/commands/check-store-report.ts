import {
  FINDING_LEVELS,
  type FindingLevel,
  STORE_CHECKS,
  type StoreCheck,
  type StoreFinding,
} from '../store/store-finding.ts';

const PAGE = 'docs/operate/redis.md';

/** Where each check is explained. */
export const CHECK_PAGES: Readonly<Record<StoreCheck, string>> = {
  reach: `${PAGE}#check-a-store`,
  tls: 'docs/operate/tls.md#to-the-store',
  version: `${PAGE}#check-a-store`,
  permissions: `${PAGE}#an-acl-user`,
  scripts: `${PAGE}#an-acl-user`,
  topology: `${PAGE}#addresses`,
  replicas: 'docs/operate/durability.md',
  eviction: `${PAGE}#configuration-checks`,
  memory: `${PAGE}#configuration-checks`,
  persistence: `${PAGE}#configuration-checks`,
  clocks: `${PAGE}#clocks`,
  latency: `${PAGE}#check-a-store`,
  expiry: `${PAGE}#sessions-that-expire`,
  watch: 'docs/services/watching.md',
  legacy: 'docs/coming-from-a-tutorial.md#what-happens-to-the-stored-sessions',
  ids: 'docs/operate/encryption.md#encrypted-ids',
};

const LEVEL_WIDTH = Math.max(...FINDING_LEVELS.map((level) => level.length));
const CHECK_WIDTH = Math.max(...STORE_CHECKS.map((check) => check.length));

/** The worst level among findings. */
export function levelOf(findings: readonly StoreFinding[]): FindingLevel {
  const worst = Math.max(0, ...findings.map(({ level }) => FINDING_LEVELS.indexOf(level)));
  return FINDING_LEVELS[worst] ?? 'ok';
}

/** The findings, a line each, in the order of the checks; with the page of those that are not ok. */
export function findingsText(findings: readonly StoreFinding[]): string {
  const place = ({ check }: StoreFinding) => STORE_CHECKS.indexOf(check);
  const sorted = findings.toSorted((one, other) => place(one) - place(other));
  return [...sorted.flatMap(linesOf), '', conclusionOf(findings), ''].join('\n');
}

function linesOf({ check, level, text }: StoreFinding): string[] {
  const head = `${level.padEnd(LEVEL_WIDTH)}  ${check.padEnd(CHECK_WIDTH)}  `;
  const page = level === 'ok' ? [] : [`${' '.repeat(head.length)}${CHECK_PAGES[check]}`];
  return [`${head}${text}`, ...page];
}

function conclusionOf(findings: readonly StoreFinding[]): string {
  const countOf = (level: FindingLevel) => findings.filter((each) => each.level === level).length;
  const [warnings, problems] = [countOf('warning'), countOf('unfit')];
  const withWarnings = warnings === 0 ? '' : `, warnings: ${warnings}`;
  if (problems > 0) return `The store is not fit; problems: ${problems}${withWarnings}.`;
  return `The store is fit${withWarnings}.`;
}
