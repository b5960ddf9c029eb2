/** What the intrusion did, by the ids that its records carry. Filled while it runs, read by the facts. */
export interface Marks {
  readonly processGuids: Set<string>;
  readonly connectionUids: Set<string>;
  readonly cloudEventIds: Set<string>;
}

export function createMarks(): Marks {
  return { processGuids: new Set(), connectionUids: new Set(), cloudEventIds: new Set() };
}
