/** How much of a session's stored state could be read. */
export type Outcome = 'intact' | 'recovered' | 'fallback';
