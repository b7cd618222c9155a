// The conformance suite of the Connect project, against our listener and our handler of RPCs:
// Connect, gRPC and gRPC-Web, protobuf and JSON, HTTP/1.1, HTTP/2 and TLS, compressed or not.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileDescriptor } from './conformance-descriptor.ts';
import { KNOWN_DEVIATIONS } from './known-deviations.ts';
import { type FailedCase, runSuite, type SuiteReport } from './run-suite.ts';

/** What a busy machine alone can cause: such a case is run again. Where a deadline passes, the
 * client of the suite may give up in the middle of our answer; and a server has ten seconds to
 * start. */
const CAUSED_BY_LOAD = [
  { cases: /^Deadline Propagation\//, complaint: /^server echoed back a timeout \(\d+ ms\)/ },
  { cases: /^Timeouts\//, complaint: /^connect error JSON: unexpected end of JSON input$/ },
  { cases: /./, complaint: /timed out waiting for result from server$/ },
];

let folder: string;
let report: SuiteReport;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'conformance-'));
  const descriptor = join(folder, 'descriptor.binpb');
  await compileDescriptor(descriptor);
  report = await runSuite(descriptor);
  const isOfLoad = ({ name, complaints }: FailedCase) =>
    CAUSED_BY_LOAD.some(
      ({ cases, complaint }) =>
        cases.test(name) && complaints.every((each) => complaint.test(each)),
    );
  const late = report.failed.filter(isOfLoad);
  if (late.length === 0) return;
  const names = join(folder, 'names.txt');
  await writeFile(names, late.map(({ name }) => `${name}\n`).join(''));
  const again = await runSuite(descriptor, names);
  const rest = report.failed.filter((failed) => !isOfLoad(failed));
  report = { ...report, failed: [...rest, ...again.failed] };
}, 400_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

test('the suite has run every case of the configuration', () => {
  // As of version 1.0.7; a newer one may have more.
  expect(report.total).toBeGreaterThanOrEqual(3640);
});

test('no case fails but by a known deviation', () => {
  const unexpected = report.failed
    .map(({ name, complaints }) => {
      const allowed = KNOWN_DEVIATIONS.filter(({ cases }) => cases.test(name)).flatMap(
        (deviation) => deviation.complaints,
      );
      const isAllowed = (complaint: string) => allowed.some((pattern) => pattern.test(complaint));
      return { name, complaints: complaints.filter((complaint) => !isAllowed(complaint)) };
    })
    .filter(({ complaints }) => complaints.length > 0);
  expect(unexpected).toEqual([]);
});

test.each(KNOWN_DEVIATIONS)('a known deviation is still one: $cases', ({ cases, complaints }) => {
  const seen = report.failed
    .filter(({ name }) => cases.test(name))
    .flatMap((failed) => failed.complaints);
  for (const pattern of complaints) expect(seen).toContainEqual(expect.stringMatching(pattern));
});

test('no request failed in the listener', () => {
  expect(report.serverErrors).toBe('');
});
