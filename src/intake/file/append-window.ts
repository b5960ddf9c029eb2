import type { RecordGroup } from '../../contracts/index.ts';

/** Bytes of groups that may wait for their acknowledgement. */
const bytesInFlight = 16 * 1024 * 1024;

/** Hands groups on, many at a time but bounded in bytes, and counts what was acknowledged. */
export class AppendWindow {
  readonly #append: (group: RecordGroup) => Promise<unknown>;
  readonly #waiting = new Set<Promise<void>>();
  #bytes = 0;
  #acknowledged = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(append: (group: RecordGroup) => Promise<unknown>) {
    this.#append = append;
  }

  /** Records in groups that were acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Hands a group on as soon as there is room. Rejects with the first error of any group so far. */
  async add(group: RecordGroup): Promise<void> {
    while (this.#bytes > 0 && this.#bytes + group.body.byteLength > bytesInFlight) {
      await Promise.race(this.#waiting);
      this.#throwIfFailed();
    }
    this.#throwIfFailed();
    this.#bytes += group.body.byteLength;
    const settled = this.#send(group).finally(() => {
      this.#bytes -= group.body.byteLength;
      this.#waiting.delete(settled);
    });
    this.#waiting.add(settled);
  }

  /** Resolves when all groups are acknowledged; rejects with the first error. */
  async drain(): Promise<void> {
    await this.settle();
    this.#throwIfFailed();
  }

  /** Resolves when every group is acknowledged or refused. */
  async settle(): Promise<void> {
    await Promise.all(this.#waiting);
  }

  async #send(group: RecordGroup): Promise<void> {
    try {
      await this.#append(group);
      this.#acknowledged += group.count;
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
