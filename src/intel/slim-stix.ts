import { isKept, StixObject, stixObjects } from './stix.ts';

/**
 * The objects of a STIX bundle (a list, a line each) that an import keeps, with what it uses of them, one a line:
 * ATT&CK's whole bundle has three times what a request may hold, most of it relationships and citations. Undefined
 * for what holds no such object.
 */
export function slimStix(text: string): string | undefined {
  const objects = objectsOf(text).flatMap((each) => {
    const parsed = StixObject.safeParse(each);
    return parsed.success && isKept(parsed.data) ? [parsed.data] : [];
  });
  if (objects.length === 0) return undefined;
  return objects
    .map((object) => JSON.stringify({ ...object, external_references: ownReferences(object) }))
    .join('\n');
}

const ownReferences = ({ external_references: references = [] }: StixObject) =>
  references.filter(({ external_id }) => external_id !== undefined);

function objectsOf(text: string): readonly unknown[] {
  try {
    return stixObjects(text);
  } catch {
    return [];
  }
}
