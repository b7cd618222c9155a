import type { Logger } from '../telemetry/log.ts';

/** What Node calls the work of its pool of threads that can last as long as a disk or a name server
 * does not answer. */
const BLOCKING = ['FSReqCallback', 'FSReqPromise', 'GetAddrInfoReqWrap', 'GetNameInfoReqWrap'];

/** How long such work may take to finish, so that the exit code is the right one. */
const PATIENCE_MS = 200;
const LOOK_AGAIN_AFTER_MS = 10;

/**
 * Ends the process. `process.exit` alone waits for the threads of the pool, so a disk that does not
 * answer, or a name server that does not for up to 10 s, would keep the process alive beyond every
 * limit: then it kills itself, and the exit code is that of SIGKILL. The first process of a
 * container cannot do that; the orchestrator kills it.
 */
export function exitDespiteBlocked(
  code: number,
  { log, patienceMs = PATIENCE_MS }: { log: Logger; patienceMs?: number },
): void {
  const blocked = process.getActiveResourcesInfo().filter((name) => BLOCKING.includes(name));
  if (blocked.length > 0 && patienceMs > 0) {
    const leftMs = patienceMs - LOOK_AGAIN_AFTER_MS;
    setTimeout(exitDespiteBlocked, LOOK_AGAIN_AFTER_MS, code, { log, patienceMs: leftMs });
    return;
  }
  if (blocked.length > 0) {
    log.error('the disk or a name server does not answer; the process kills itself', { blocked });
    process.kill(process.pid, 'SIGKILL');
  }
  process.exit(code);
}
