import { type Document, isScalar, type Scalar, visit } from 'yaml';

/**
 * Keys that stand a second time in one map of a YAML document (YAML 1.2.2 section 3.2.1.3 wants them unique). For documents parsed with
 * `uniqueKeys: false`: the library's own check compares each key of a map with all before it.
 */
export function repeatedKeys(document: Document): readonly Scalar[] {
  const repeated: Scalar[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) repeated.push(key);
        seen.add(key.value);
      }
    },
  });
  return repeated;
}
