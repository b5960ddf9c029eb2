/** A part of a document that has a name of its own: a note, a technique, an entry of a catalogue. */
export interface Section {
  readonly title: string;
  /** The headings above the text, outermost first; empty at the top. */
  readonly heading: readonly string[];
  readonly text: string;
  /** Identifiers that the section is about, beside those in its title and headings. */
  readonly subjects: readonly string[];
}
