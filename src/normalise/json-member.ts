import { JsonFault, JsonScanner } from './json-scanner.ts';

/** How an object or an array begins. */
const container = /^[ \t\n\r]*[[{]/;

/** The text of the value at `path` within JSON text; '' when there is none, or the text is not sound JSON. */
export function jsonMember(text: string, path: readonly (string | number)[]): string {
  return container.test(text) ? (soundly(text, (scanner) => memberText(scanner, path, 1)) ?? '') : '';
}

/**
 * Of the first element of a JSON array whose member `by` is one of `values`: the text of the value at `path`; '' when
 * there is none, or the text is not sound JSON.
 */
export function jsonFind(
  text: string,
  by: string,
  values: ReadonlySet<string>,
  path: readonly (string | number)[],
): string {
  if (!container.test(text)) return '';
  const found = jsonObjects(text).find((element) => values.has(jsonMember(element, [by])));
  return found === undefined ? '' : jsonMember(found, path);
}

/** The elements of a JSON array, each as JSON; '' in place of those that are no object. */
function jsonObjects(text: string): string[] {
  const elements = soundly(text, (scanner) => {
    const found: string[] = [];
    const take = () => {
      const isObject = scanner.peek() === '{';
      if (!isObject) scanner.skip(2);
      found.push(isObject ? scanner.rewrite(2) : '');
    };
    if (scanner.peek() === '[') scanner.array(1, take);
    else scanner.skip(1);
    return found;
  });
  return elements ?? [];
}

/** The elements of a JSON array as texts, null as ''; none when the text is no sound JSON array. */
export function jsonElements(text: string): string[] {
  const elements: string[] = [];
  const whole = soundly(text, (scanner) => {
    const isArray = scanner.peek() === '[';
    if (isArray) scanner.array(1, () => elements.push(anyText(scanner, 2)));
    else scanner.skip(1);
    return isArray;
  });
  return whole === true ? elements : [];
}

/** The members of a JSON object as texts, of equal keys the first; undefined when the text is no sound JSON object. */
export function jsonMembers(text: string): Map<string, string> | undefined {
  const members = new Map<string, string>();
  return soundly(text, (scanner) => {
    scanner.peek();
    scanner.object(1, (key) => {
      const value = anyText(scanner, 2);
      if (!members.has(key)) members.set(key, value);
    });
    return members;
  });
}

/** Undefined when the engine's parser would refuse the text. */
function soundly<T>(text: string, read: (scanner: JsonScanner) => T): T | undefined {
  const scanner = new JsonScanner(text);
  try {
    const value = read(scanner);
    scanner.end();
    return scanner.doubtful ? undefined : value;
  } catch (fault) {
    if (fault instanceof JsonFault) return undefined;
    throw fault;
  }
}

/** Reads the whole value that starts here; of equal keys the first counts. */
function memberText(scanner: JsonScanner, path: readonly (string | number)[], depth: number): string {
  const [step, ...rest] = path;
  if (step === undefined) return anyText(scanner, depth);
  const next = scanner.peek();
  let text: string | undefined;
  let index = 0;
  const visit = (matches: boolean) => {
    if (matches && text === undefined) text = memberText(scanner, rest, depth + 1);
    else scanner.skip(depth + 1);
  };
  if (next === '{')
    scanner.object(depth, (key) => visit(typeof step === 'string' ? key === step : index++ === step));
  else if (next === '[') scanner.array(depth, (at) => visit(at === step));
  else scanner.skip(depth);
  return text ?? '';
}

function anyText(scanner: JsonScanner, depth: number): string {
  const next = scanner.peek();
  return next === '{' || next === '[' ? scanner.rewrite(depth) : (scanner.scalar() ?? '');
}
