/** `2024-05-01T00:00:00.250Z` → `2024-05-01 00:00:00`: to the second, as it stands in a sentence that says UTC. */
export function plainTime(time: string): string {
  return time.replace('T', ' ').replace(/(?:\.\d+)?Z$/, '');
}
