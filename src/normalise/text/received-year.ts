/** A clock ahead, or one in a zone east of the assumed, does not send a time back by a year. */
const aheadMilliseconds = 24 * 60 * 60_000;
/** The 29th of February comes every four years, but for some centuries. */
const yearsBack = 8;

/**
 * The year of a time that was written without one: the one that puts it nearest before `receivedAt` (milliseconds since
 * the epoch). `instantOf` gives the instant in a year, or undefined where that year has no such day.
 */
export function yearOf(
  instantOf: (year: number) => number | undefined,
  receivedAt: number,
): number | undefined {
  const last = new Date(receivedAt).getUTCFullYear() + 1;
  for (let year = last; year >= last - yearsBack; year -= 1) {
    const instant = instantOf(year);
    if (instant !== undefined && instant <= receivedAt + aheadMilliseconds) return year;
  }
  return undefined;
}
