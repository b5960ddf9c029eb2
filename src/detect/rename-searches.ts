import type { ConditionNode } from './ast.ts';

/** The condition with other names for what it names; a name that `names` does not have stays. */
export function renameSearches(node: ConditionNode, names: ReadonlyMap<string, string>): ConditionNode {
  const nameOf = (name: string) => names.get(name) ?? name;
  switch (node.kind) {
    case 'and':
    case 'or':
      return { ...node, of: node.of.map((inner) => renameSearches(inner, names)) };
    case 'not':
      return { ...node, of: renameSearches(node.of, names) };
    case 'search':
      return { ...node, name: nameOf(node.name) };
    case 'quantified':
      return { ...node, names: node.names.map(nameOf) };
  }
}
