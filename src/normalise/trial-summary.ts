import type { Trial } from './trial.ts';

/** Different native paths that are counted; what comes beyond is only counted together. */
const toldPaths = 1000;

/** How often something was seen, with an example where that helps. */
export interface Counted {
  readonly name: string;
  readonly records: number;
}

/** What became of all records of a sample. Lists have the most frequent first. */
export interface TrialSummary {
  readonly records: number;
  readonly events: number;
  readonly dead: number;
  /** `source/form`. */
  readonly forms: readonly Counted[];
  /** `4001 Network Activity: Open`. */
  readonly classes: readonly Counted[];
  readonly times: readonly Counted[];
  /** Attributes by name, with the records that have them. */
  readonly attributes: readonly Counted[];
  readonly unmapped: readonly Counted[];
  /** Native paths beyond the first 1,000 different ones. */
  readonly unmapped_untold: number;
  /** `code at path`, with what mends it. */
  readonly refused: readonly (Counted & { readonly mend: string })[];
}

/** Adds trials up; holds no record. */
export class TrialCount {
  readonly #forms = new Map<string, number>();
  readonly #classes = new Map<string, number>();
  readonly #times = new Map<string, number>();
  readonly #attributes = new Map<string, number>();
  readonly #unmapped = new Map<string, number>();
  readonly #refused = new Map<string, number>();
  readonly #mends = new Map<string, string>();
  #events = 0;
  #dead = 0;
  #untold = 0;

  add(trial: Trial): void {
    count(this.#forms, trial.form === '' ? trial.source : `${trial.source}/${trial.form}`);
    if (trial.kind === 'dead') {
      this.refuse(trial.code, trial.path, trial.mend);
      return;
    }
    this.#events += 1;
    count(this.#classes, classText(trial));
    count(this.#times, trial.time.quality);
    for (const { attribute } of trial.attributes) count(this.#attributes, attribute);
    for (const path of trial.unmapped) {
      if (this.#unmapped.has(path) || this.#unmapped.size < toldPaths) count(this.#unmapped, path);
      else this.#untold += 1;
    }
  }

  /** A record that is no event, whoever said so. */
  refuse(code: string, path: string, mend: string): void {
    this.#dead += 1;
    const name = path === '' ? code : `${code} at ${/^byte \d+$/.test(path) ? 'a byte' : path}`;
    count(this.#refused, name);
    this.#mends.set(name, mend);
  }

  summary(): TrialSummary {
    return {
      records: this.#events + this.#dead,
      events: this.#events,
      dead: this.#dead,
      forms: listed(this.#forms),
      classes: listed(this.#classes),
      times: listed(this.#times),
      attributes: listed(this.#attributes),
      unmapped: listed(this.#unmapped),
      unmapped_untold: this.#untold,
      refused: listed(this.#refused).map((one) => ({ ...one, mend: this.#mends.get(one.name) ?? '' })),
    };
  }
}

/** `4001 Network Activity: Open`. */
export function classText({ class: { uid, name }, activity }: Trial & { kind: 'event' }): string {
  return `${uid} ${name || 'no class of OCSF'}: ${activity.name || `${activity.id}, no activity of the class`}`;
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function listed(counts: ReadonlyMap<string, number>): Counted[] {
  return [...counts]
    .map(([name, records]) => ({ name, records }))
    .sort((left, right) => right.records - left.records || (left.name < right.name ? -1 : 1));
}
