// @ts-check
/** How much work one call may do, so that it returns within 50 ms whatever the machine. */

const WISHED_MS = 16;
const MOST_MS = 40;

/**
 * @param {number} units of the call that was made
 * @param {number} took milliseconds
 */
export function adapt(units, took) {
  if (took > MOST_MS) return Math.max(1, Math.floor((units * WISHED_MS) / took));
  // Double at most: a unit's cost varies, and clocks are coarse.
  const factor = took < 1 ? 2 : Math.min(2, Math.max(0.5, WISHED_MS / took));
  return Math.max(1, Math.min(1 << 20, Math.floor(units * factor)));
}
