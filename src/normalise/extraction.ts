import { JsonFault, JsonScanner } from './json-scanner.ts';
import type { NativePath } from './native.ts';
import { printPath } from './native.ts';

/** A tree over the paths that a form reads: a leaf has a number, an inner node has children. */
export type PathTree =
  | { readonly kind: 'leaf'; readonly index: number }
  | { readonly kind: 'inner'; readonly children: ReadonlyMap<string, PathTree> };

export interface Leaves {
  /** One a leaf; '' when absent or null. */
  readonly texts: readonly string[];
  /** 1 where the value is an object or an array. */
  readonly structured: Uint8Array;
}

interface Filling extends Leaves {
  readonly texts: string[];
}

export type Extraction =
  | { readonly kind: 'leaves'; readonly leaves: Leaves }
  | { readonly kind: 'not_object' }
  | { readonly kind: 'fault'; readonly fault: JsonFault };

/** Builds the tree; `paths[i]` becomes leaf `i`. Throws when one path runs through another. */
export function buildPathTree(paths: readonly NativePath[]): PathTree & { kind: 'inner' } {
  const children = new Map<string, PathTree>();
  const root = { kind: 'inner', children } as const;
  paths.forEach((path, index) => {
    let level = children;
    path.forEach((key, depth) => {
      const known = level.get(key);
      const last = depth === path.length - 1;
      if (known !== undefined && (last || known.kind === 'leaf')) {
        throw new Error(`the path ${printPath(path)} runs through another path or is there twice`);
      }
      if (last) level.set(key, { kind: 'leaf', index });
      else if (known?.kind === 'inner') level = known.children as Map<string, PathTree>;
      else {
        const next = new Map<string, PathTree>();
        level.set(key, { kind: 'inner', children: next });
        level = next;
      }
    });
  });
  return root;
}

/**
 * Reads the tree's leaves out of one JSON object. Of equal keys the first counts that holds anything, as in the
 * engine's extraction: its parser lets the SQL see no other.
 */
export function extractLeaves(text: string, tree: PathTree & { kind: 'inner' }, count: number): Extraction {
  const leaves = { texts: new Array<string>(count).fill(''), structured: new Uint8Array(count) };
  const scanner = new JsonScanner(text);
  try {
    if (scanner.peek() !== '{') {
      scanner.skip(1);
      scanner.end();
      return { kind: 'not_object' };
    }
    readInner(scanner, tree, leaves, 1);
    scanner.end();
  } catch (fault) {
    if (fault instanceof JsonFault) return { kind: 'fault', fault };
    throw fault;
  }
  return { kind: 'leaves', leaves };
}

/** True when anything was found beneath the node. */
function readInner(
  scanner: JsonScanner,
  node: PathTree & { kind: 'inner' },
  leaves: Filling,
  depth: number,
): boolean {
  const found = new Set<PathTree>();
  scanner.object(depth, (key) => {
    const child = node.children.get(key);
    if (child === undefined || found.has(child)) scanner.skip(depth + 1);
    else if (readNode(scanner, child, leaves, depth + 1)) found.add(child);
  });
  return found.size > 0;
}

function readNode(scanner: JsonScanner, node: PathTree, leaves: Filling, depth: number): boolean {
  const next = scanner.peek();
  if (node.kind === 'inner') {
    if (next === '{') return readInner(scanner, node, leaves, depth);
    scanner.skip(depth);
    return false;
  }
  const structured = next === '{' || next === '[';
  const text = structured ? scanner.rewrite(depth) : scanner.scalar();
  if (text === undefined) return false;
  leaves.texts[node.index] = text;
  leaves.structured[node.index] = structured ? 1 : 0;
  return true;
}
