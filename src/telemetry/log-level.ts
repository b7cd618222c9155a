/** Lowest first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** How much a line of the log matters. */
export type LogLevel = (typeof LOG_LEVELS)[number];
