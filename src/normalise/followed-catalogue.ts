import { catalogueOf, type SourceCatalogue } from './catalogue.ts';
import type { CompiledMapping } from './compiled.ts';
import { compileSource, isSameSource, type SourceText } from './source-text.ts';

/**
 * A catalogue whose content is swapped as a whole: who holds it sees the new content with the next call. A source that
 * was removed is recognised no more, but records that were taken as its own before still become events.
 */
export interface FollowedCatalogue extends SourceCatalogue {
  /** Takes these sources instead of all before. Throws `normalise.mapping_invalid` and keeps what it has. */
  adopt(sources: readonly SourceText[]): void;
  /** The content as it is now: what is adopted later does not change it. */
  snapshot(): SourceCatalogue;
}

interface Compiled {
  readonly text: SourceText;
  readonly mapping: CompiledMapping;
}

/** For a thread that is told which sources there are; it reads no files. */
export function createFollowedCatalogue(sources: readonly SourceText[]): FollowedCatalogue {
  const followed = new Followed();
  followed.adopt(sources);
  return followed;
}

export class Followed implements FollowedCatalogue {
  #compiled: ReadonlyMap<string, Compiled> = new Map();
  #current: SourceCatalogue = catalogueOf([]);
  /** Sources that were here once, and those that are. */
  #ever: SourceCatalogue = this.#current;
  readonly #mappings = new Map<string, CompiledMapping>();

  adopt(sources: readonly SourceText[]): void {
    const compiled = new Map(sources.map((text) => [text.source, this.#compile(text)] as const));
    const mappings = [...compiled.values()].map(({ mapping }) => mapping);
    for (const mapping of mappings) this.#mappings.set(mapping.mapping.source, mapping);
    this.#compiled = compiled;
    this.#current = catalogueOf(mappings);
    this.#ever = catalogueOf([...this.#mappings.values()]);
  }

  snapshot(): SourceCatalogue {
    const { form, formsOf, compiled } = this.#ever;
    return { ...this.#current, form, formsOf, compiled };
  }

  /** What is in force now, for a thread that follows this one. */
  texts(): readonly SourceText[] {
    return [...this.#compiled.values()].map(({ text }) => text);
  }

  #compile(text: SourceText): Compiled {
    const known = this.#compiled.get(text.source);
    if (known !== undefined && isSameSource(known.text, text)) return known;
    return { text, mapping: compileSource(text) };
  }

  get sources(): readonly string[] {
    return this.#current.sources;
  }

  recognise(...call: Parameters<SourceCatalogue['recognise']>) {
    return this.#current.recognise(...call);
  }

  recogniseText(...call: Parameters<SourceCatalogue['recogniseText']>) {
    return this.#current.recogniseText(...call);
  }

  recogniseHeader(...call: Parameters<SourceCatalogue['recogniseHeader']>) {
    return this.#current.recogniseHeader(...call);
  }

  form(...call: Parameters<SourceCatalogue['form']>) {
    return this.#ever.form(...call);
  }

  formsOf(source: string) {
    return this.#ever.formsOf(source);
  }

  compiled(source: string) {
    return this.#ever.compiled(source);
  }
}
