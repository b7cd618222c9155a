import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const MODULE = join(import.meta.dirname, '../../src/process/compile-sooner.ts');
/** In what V8 says of a function: TurboFan has optimized it. */
const OPTIMIZED = 1 << 5;
const CALLS_MAX = 100_000;

/** After how many calls V8 has optimized a function, in a process of its own. */
function callsUntilOptimized(prepare: string): number {
  const script = `
    import { compileSooner } from ${JSON.stringify(MODULE)};
    ${prepare}
    function work(a) { let sum = 0; for (const one of [a, a + 1]) sum += one * 2; return sum; }
    let calls = 0;
    const isOptimized = () => (%GetOptimizationStatus(work) & ${OPTIMIZED}) !== 0;
    while (!isOptimized() && calls < ${CALLS_MAX}) work(calls++);
    console.log(calls);
  `;
  const flags = ['--allow-natives-syntax', '--no-concurrent-recompilation'];
  const output = execFileSync(process.execPath, [...flags, '--input-type=module', '-e', script]);
  return Number(output);
}

test('functions are optimized after fewer calls', () => {
  const usual = callsUntilOptimized('');
  expect(usual).toBeLessThan(CALLS_MAX);
  expect(callsUntilOptimized('compileSooner();')).toBeLessThan(usual / 4);
});
