/** JSON as it came in. */
export type JsonValue = string | number | boolean | null | JsonObject | readonly JsonValue[];
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A path within a record: keys from the root, `['winlog', 'event_data', 'Image']`. Written `winlog/event_data/Image`. */
export type NativePath = readonly string[];

export function parsePath(text: string): NativePath {
  return text.split('/');
}

export function printPath(path: NativePath): string {
  return path.join('/');
}
