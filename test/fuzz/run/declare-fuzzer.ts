// Attacks a process of the service with inputs made from a seed. Few of them here; FUZZ_INPUTS asks
// for more, and `npm run test:fuzz` for a million (settings.ts has the variables that repeat a
// run).

import { expect, test } from 'vitest';
import { SECRET } from '../../support/running-app.ts';
import { MEMORY_LIMIT_MIB, startFuzzedService } from './fuzzed-service.ts';
import { runFuzzer } from './run-fuzzer.ts';
import { fuzzSettings } from './settings.ts';
import { WatchedSessions } from './watched-sessions.ts';

const settings = fuzzSettings();

/** So many reach every kind, and what is behind its door. */
const INPUTS_OF_EVERY_KIND = 5_000;

/** On a busy machine an input takes three milliseconds. */
const TIMEOUT_MS = 120_000 + 10 * settings.inputs;

/** Declares the run against a service with that token for RPCs, or without one: half of the
 * inputs. */
export function declareFuzzer({ rpcToken }: { rpcToken: string | undefined }): void {
  const name = `no input ends, starves or deceives the service, RPC token: ${rpcToken}`;
  test(name, { timeout: TIMEOUT_MS }, async () => {
    const share = { ...settings, inputs: settings.inputs / 2 };
    const service = await startFuzzedService(rpcToken);
    const watched = new WatchedSessions(settings.seed, service.ports.webhook);
    await watched.begin();
    const before = service.memory();
    const begun = performance.now();
    const { report, faults } = await runFuzzer({
      ...{ service, watched, settings: share },
      target: { secret: SECRET, rpcToken, nearIds: watched.nearIds },
    });
    const seconds = (performance.now() - begun) / 1000;
    if (service.end() === undefined) {
      const after = service.memory();
      process.stdout.write(
        `${report.table()}${report.inputs} inputs in ${seconds.toFixed(0)} s; seed ${settings.seed}; ` +
          `RSS ${before.nowMiB.toFixed(0)} -> ${after.nowMiB.toFixed(0)} MiB, at most ${after.peakMiB.toFixed(0)}; ` +
          `${watched.requests} honest requests, the slowest ${watched.worstMs.toFixed(0)} ms\n`,
      );
    }
    const logged = faultsInLog(service.running.stderr(), watched.markers);
    expect([...faults, ...logged].join('\n')).toBe('');
    const metric = await service.metrics();
    expect(metric('cognigy_session_errors_total{error_type="internal"}')).toBe(0);
    expect(service.memory().peakMiB).toBeLessThan(MEMORY_LIMIT_MIB);
    if (report.inputs >= INPUTS_OF_EVERY_KIND) {
      expect(report.kindsRefusedAtTheDoor()).toEqual([]);
    }
  });
}

/** Lines that speak of a bug, and lines with contents of a session. */
function faultsInLog(log: string, markers: readonly string[]): string[] {
  const isBad = (line: string) =>
    !line.startsWith('{') ||
    /"level":"error"|"stack":/.test(line) ||
    markers.some((marker) => line.includes(marker));
  return log.split('\n').filter((line) => line !== '' && isBad(line));
}
