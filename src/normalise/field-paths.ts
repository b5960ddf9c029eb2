import type { CompiledForm } from './compiled.ts';
import { nativePaths } from './coverage.ts';
import { decodeOne, looksOf } from './decode.ts';
import { isJsonObject, type JsonObject, type JsonValue, type NativePath, printPath } from './native.ts';

/**
 * The paths of the fields of a record that hold anything but a blank, as a form names them: what the form decodes (XML,
 * a line of text, JSON within JSON) is looked into. None when the record can't be read.
 */
export function filledPaths({ form }: CompiledForm, blanks: ReadonlySet<string>, body: string): string[] {
  const { decode } = form;
  const pathsIn = (object: JsonObject) =>
    [...nativePaths(object)].filter((path) => !isBlank(valueAt(object, path), blanks)).map(printPath);
  const namesIn = (fields: ReadonlyMap<string, string> | undefined) =>
    withoutAliases([...(fields ?? [])].filter(([, text]) => !blanks.has(text)).map(([name]) => name));
  if (looksOf(body) !== 'json') return decode === undefined ? [] : namesIn(decodeOne(decode, body));
  const native = objectOf(body);
  if (native === undefined) return [];
  const paths = pathsIn(native);
  if (decode === undefined) return paths;
  const holders = decode.fields.map(printPath);
  const held = decode.fields.flatMap((holder) => {
    const value = valueAt(native, holder);
    const text = typeof value === 'string' ? value : '';
    const inner = isJsonObject(value) ? value : objectOf(text);
    if (inner !== undefined) return pathsIn(inner);
    return text === '' ? [] : namesIn(decodeOne(decode, text));
  });
  const isHeld = (path: string) => holders.some((holder) => path === holder || path.startsWith(`${holder}/`));
  return [...new Set([...paths.filter((path) => !isHeld(path)), ...held])];
}

/** Lines of text give a field by its full name (`SYSCALL/exe`) and by the last part of it. */
function withoutAliases(names: readonly string[]): string[] {
  const full = names.filter((name) => name.includes('/'));
  const aliases = new Set(full.map((name) => name.slice(name.lastIndexOf('/') + 1)));
  return names.filter((name) => name.includes('/') || !aliases.has(name));
}

function valueAt(native: JsonObject, path: NativePath): JsonValue | undefined {
  let value: JsonValue | undefined = native;
  for (const key of path) value = isJsonObject(value) ? value[key] : undefined;
  return value;
}

const isBlank = (value: JsonValue | undefined, blanks: ReadonlySet<string>) =>
  typeof value === 'string' && blanks.has(value);

function objectOf(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
