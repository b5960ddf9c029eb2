/** The part of Node's `fs.statfs` that counts: blocks in all, blocks that an ordinary user may still take. */
export type StatFs = (path: string) => Promise<{ readonly blocks: number; readonly bavail: number }>;

/** How old a look at the disk may be. */
const lookEveryMs = 1000;

export interface WatermarkOptions {
  readonly folder: string;
  /** Refuse below this share of free blocks, 0 to 1. */
  readonly minFreeShare: number;
  readonly statfs: StatFs;
  /** Milliseconds. */
  readonly now: () => number;
}

/** Watches the free space of a disk, looking at most once a second and only when asked. */
export class Watermark {
  readonly #options: WatermarkOptions;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #free = 1;

  constructor(options: WatermarkOptions) {
    this.#options = options;
  }

  /** Free share at the last look, 0 to 1. */
  get free(): number {
    return this.#free;
  }

  /** Whether the last look was too little. Starts the next look when that one is old; never waits for it. */
  isLow(): boolean {
    if (this.#options.now() - this.#lookedAt >= lookEveryMs) void this.look();
    return this.#free < this.#options.minFreeShare;
  }

  /** Looks now. A disk that can't be asked counts as it did before: writing to it will tell. */
  async look(): Promise<void> {
    this.#lookedAt = this.#options.now();
    try {
      const { blocks, bavail } = await this.#options.statfs(this.#options.folder);
      this.#free = blocks > 0 ? bavail / blocks : 1;
    } catch {
      return;
    }
  }
}
