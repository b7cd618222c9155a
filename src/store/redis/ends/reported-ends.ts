/** How many ends are remembered at least. */
const REMEMBERED = 5000;

/** Answers whether an end was reported before, among the latest, and remembers it. */
export function createReportedEnds(): (member: string) => boolean {
  let latest = new Set<string>();
  let former = new Set<string>();
  return (member) => {
    if (latest.has(member) || former.has(member)) return true;
    latest.add(member);
    if (latest.size >= REMEMBERED) {
      former = latest;
      latest = new Set();
    }
    return false;
  };
}
