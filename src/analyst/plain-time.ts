/** `2024-05-01T00:00:00.000Z` → `2024-05-01 00:00:00`: a time as it stands in a sentence, without its zone (UTC). */
export function plainTime(time: string): string {
  return time.replace('T', ' ').replace(/(?:\.\d+)?Z$/, '');
}
