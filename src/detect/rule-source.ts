import {
  type Alias,
  type Document,
  isAlias,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseAllDocuments,
  visit,
  type YAMLMap,
} from 'yaml';
import { repeatedKeys } from '../contracts/index.ts';
import { type Diagnostic, type DiagnosticCode, diagnosticCodes, type Position } from './diagnostic.ts';

/** Characters of one rule file. */
const maxFileLength = 524_288;
/** Diagnostics of one file; the last one says that there are more. */
const maxDiagnostics = 1_000;
/** Nodes looked at in one file: what aliases of aliases would blow up ends here. */
const maxNodes = 200_000;

export type YamlDocument = Document.Parsed;
export type YamlNode = Node | null | undefined;

export interface Entry {
  readonly key: string;
  readonly keyNode: YamlNode;
  readonly value: YamlNode;
}

/** The text of one rule file: its YAML documents, positions within them, and what was found wrong. */
export class RuleSource {
  readonly file: string;
  readonly documents: readonly YamlDocument[];
  readonly #diagnostics: Diagnostic[] = [];
  readonly #lines = new LineCounter();
  /** What each alias of the documents opened so far stands for. */
  readonly #targets = new Map<Alias, YamlNode>();
  #nodes = 0;
  #errors = 0;

  constructor(text: string, file: string) {
    this.file = file;
    this.documents = text.length > maxFileLength ? [] : this.#parse(text);
    if (text.length > maxFileLength) {
      this.report(
        'too_large',
        { line: 1, column: 1 },
        `the file has more than ${maxFileLength} characters; split it`,
      );
    }
  }

  get diagnostics(): readonly Diagnostic[] {
    return this.#diagnostics;
  }

  /** Errors found so far. */
  get errors(): number {
    return this.#errors;
  }

  /** The aliases of this document can be resolved from here on. */
  open(document: YamlDocument): void {
    for (const [alias, target] of targetsOf(document)) this.#targets.set(alias, target);
  }

  report(code: BareCode, at: YamlNode | Position, message: string): void {
    const full: DiagnosticCode = `detect.${code}`;
    const { severity } = diagnosticCodes[full];
    const { line, column } = at && 'line' in at ? at : this.at(at);
    if (severity === 'error') this.#errors += 1;
    if (this.#diagnostics.length >= maxDiagnostics) return;
    const place = { file: this.file, line, column };
    if (this.#diagnostics.length < maxDiagnostics - 1)
      this.#diagnostics.push({ code: full, severity, ...place, message });
    else {
      const more = `more is wrong from here on than the ${maxDiagnostics - 1} faults that are told`;
      this.#diagnostics.push({ code: 'detect.too_large', severity: 'error', ...place, message: more });
    }
  }

  at(node: YamlNode): Position {
    return this.#place(node?.range?.[0] ?? 0);
  }

  /** The position `index` characters into a scalar that stands on one line; else where it begins. */
  within(node: YamlNode, index: number): Position {
    const start = this.at(node);
    if (!isScalar(node)) return start;
    const quote = node.type === 'QUOTE_SINGLE' || node.type === 'QUOTE_DOUBLE' ? 1 : 0;
    const isOneLine = this.#place(node.range?.[1] ?? 0).line === start.line;
    return !isOneLine || (quote === 0 && node.type !== 'PLAIN')
      ? start
      : { ...start, column: start.column + index + quote };
  }

  /** The node itself, or the one that an alias stands for. */
  resolve(node: YamlNode): YamlNode {
    if (++this.#nodes === maxNodes) {
      this.report(
        'too_large',
        node,
        `the file has more than ${maxNodes} values, aliases written out; split it`,
      );
    }
    if (this.#nodes >= maxNodes) return undefined;
    if (!isAlias(node)) return node;
    const found = this.#targets.get(node);
    if (found === undefined)
      this.report('yaml', node, `there is no anchor '${node.source}' before this alias`);
    return found;
  }

  /** The entries of a map whose keys are texts; reports those that are not. */
  entries(map: YAMLMap): readonly Entry[] {
    const entries: Entry[] = [];
    for (const pair of map.items) {
      const keyNode = this.resolve(pair.key as YamlNode);
      const key = isScalar(keyNode) ? keyNode.value : undefined;
      if (typeof key === 'string' && key !== '<<')
        entries.push({ key, keyNode, value: this.resolve(pair.value as YamlNode) });
      else
        this.report(
          'key',
          keyNode ?? map,
          'a key must be a text; quote it, and write merged keys (`<<`) out',
        );
    }
    return entries;
  }

  /** The elements of a list, aliases resolved. */
  elements(node: YamlNode): readonly YamlNode[] {
    return isSeq(node) ? node.items.map((item) => this.resolve(item as YamlNode)) : [];
  }

  #parse(text: string): readonly YamlDocument[] {
    const options = { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: false };
    const parsed = parseAllDocuments<ParsedNode>(text, options);
    const documents = Array.isArray(parsed) ? parsed : [];
    return documents.filter((document) => {
      for (const { message, pos } of document.errors) this.report('yaml', this.#place(pos[0]), message);
      const repeated = repeatedKeys(document);
      for (const key of repeated) this.report('yaml', key, 'Map keys must be unique');
      return document.errors.length + repeated.length === 0 && document.contents !== null;
    });
  }

  #place(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

/** Found once for a document: the library looks through all of it for each alias. */
function targetsOf(document: YamlDocument): ReadonlyMap<Alias, YamlNode> {
  const [anchors, targets] = [new Map<string, YamlNode>(), new Map<Alias, YamlNode>()];
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) targets.set(node, anchors.get(node.source));
      else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

type BareCode = DiagnosticCode extends `detect.${infer Code}` ? Code : never;
