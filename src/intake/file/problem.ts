import { type ErrorCode, TyrianError } from '../../contracts/index.ts';

/** What went wrong with one file; the others go on. */
export interface FileProblem {
  readonly path: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/** Problems that are told one by one; further ones are only counted. */
const toldProblems = 1000;

/** Problems of an import, bounded. */
export class FileProblems {
  readonly #told: FileProblem[] = [];
  #total = 0;

  get told(): readonly FileProblem[] {
    return this.#told;
  }

  get total(): number {
    return this.#total;
  }

  add(problem: FileProblem): void {
    this.#total += 1;
    if (this.#told.length < toldProblems) this.#told.push(problem);
  }

  /** Anything thrown while a file was read. */
  addError(path: string, error: unknown): void {
    const code = error instanceof TyrianError ? error.code : 'intake.unreadable';
    this.add({ path, code, message: error instanceof Error ? error.message : String(error) });
  }
}
