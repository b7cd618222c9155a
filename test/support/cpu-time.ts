/** CPU time that this thread spends on some work, in ms. Unlike the time that passes, it is the
 * same on a machine that is busy with other things. */
export function cpuMsOf(work: () => unknown): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
