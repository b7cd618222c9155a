// What a session's lock must be, worked out the plain way: a token and a deadline.

/** How long after its deadline a lock is remembered. */
const REMEMBERED_MS = 60_000;

export class OracleLock {
  token = '';
  deadlineMs = 0;
  isReleased = false;

  isHeld(nowMs: number): boolean {
    return !this.isReleased && this.deadlineMs > nowMs;
  }

  holds(token: string, nowMs: number): boolean {
    return this.isHeld(nowMs) && this.token === token;
  }

  /** Whether it ran out, was not released, and nobody has noticed. */
  isLapsed(nowMs: number): boolean {
    return !this.isReleased && this.deadlineMs <= nowMs && nowMs < this.deadlineMs + REMEMBERED_MS;
  }

  /** Whether it was this token's and is remembered to have been released. */
  wasReleasedBy(token: string, nowMs: number): boolean {
    return this.isReleased && this.token === token && nowMs < this.deadlineMs + REMEMBERED_MS;
  }

  hold(token: string, deadlineMs: number): void {
    Object.assign(this, { token, deadlineMs, isReleased: false });
  }

  release(): void {
    this.isReleased = true;
  }

  forget(): void {
    Object.assign(this, new OracleLock());
  }

  copy(): OracleLock {
    return Object.assign(new OracleLock(), this);
  }
}
