import { isMap, isScalar, Pair, YAMLMap } from 'yaml';
import type { RuleSource, YamlNode } from './rule-source.ts';

/**
 * What stands in each document of a file, ready to be read as a rule. A collection of the old kind has documents with an `action` (left
 * Sigma with 2.0): `global` goes into all that follow until `reset`, `repeat` is the document before it with changes. What is made of them
 * keeps the positions of its parts.
 */
export function* rootsOf(source: RuleSource): Generator<YamlNode> {
  let global = new YAMLMap();
  let last: YAMLMap | undefined;
  for (const document of source.documents) {
    source.open(document);
    const root = document.contents;
    if (!isMap(root)) {
      yield root;
      continue;
    }
    const action = actionOf(root);
    if (action === undefined) {
      last = global.items.length === 0 ? root : merged(source, global, root);
      yield last;
    } else if (action.name === 'global') global = merged(source, global, root);
    else if (action.name === 'reset') global = new YAMLMap();
    else if (action.name === 'repeat' && last !== undefined) {
      last = merged(source, last, root);
      yield last;
    } else {
      const why =
        action.name === 'repeat' ? 'has no document before it' : 'is none of global, reset and repeat';
      source.report('action', action.at, `the action '${action.name}' ${why}`);
    }
  }
}

const keyOf = (pair: Pair): unknown => (isScalar(pair.key) ? pair.key.value : undefined);

function actionOf(root: YAMLMap): { readonly name: string; readonly at: YamlNode } | undefined {
  const pair = root.items.find((item) => keyOf(item) === 'action');
  if (pair === undefined) return undefined;
  const node = pair.value as YamlNode;
  return { name: isScalar(node) ? String(node.value) : '', at: node ?? root };
}

/** Both maps in one, the second winning; maps within are joined alike. */
function merged(source: RuleSource, first: YAMLMap, second: YAMLMap): YAMLMap {
  const items = new Map<unknown, Pair>(first.items.map((pair) => [keyOf(pair) ?? pair, pair]));
  for (const pair of second.items) {
    const key = keyOf(pair) ?? pair;
    const old = source.resolve(items.get(key)?.value as YamlNode);
    const next = source.resolve(pair.value as YamlNode);
    const both = isMap(old) && isMap(next);
    items.set(key, both ? new Pair(pair.key, merged(source, old, next)) : pair);
  }
  items.delete('action');
  const map = new YAMLMap();
  if (second.range != null) map.range = second.range;
  map.items = [...items.values()];
  return map;
}
