/** Which calls are written to the audit log. `sensitive`: those that show or remove what is kept,
 * and every call that its caller has no right to. */
export const AUDIT_LEVELS = ['off', 'sensitive', 'all'] as const;

export type AuditLevel = (typeof AUDIT_LEVELS)[number];
