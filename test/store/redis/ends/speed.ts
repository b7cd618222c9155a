/** A lease lasts half a second then, and is asked for every second. */
export const SPEED = 40;
