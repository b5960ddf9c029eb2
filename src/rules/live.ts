import type { Diagnostic } from '../detect/index.ts';
import { loadPack, markOf, type RulePack } from './pack.ts';

const lookMilliseconds = 1_000;
/** Looking whether files changed takes at most one part of so many of the event loop's time. */
const shareOfTime = 50;

/** Rules as they are loaded, and who is told when others take their place. */
export interface LiveRules {
  packs(): readonly RulePack[];
  /** What is wrong with a folder as it stands on disk, where the rules of before go on; undefined when nothing is. */
  fault(): string | undefined;
  diagnostics(): readonly Diagnostic[];
  /** Looks at the folders now; true when rules changed. */
  look(): boolean;
  close(): void;
}

/**
 * Loads the packs of several folders and takes up changes on disk: a changed pack is read aside and takes the place of the old one whole.
 * A folder or file that can not be read any more leaves its rules of before in force.
 */
export function openLiveRules(options: {
  readonly folders: readonly string[];
  readonly onChange: () => void;
  readonly onFault: (fault: unknown) => void;
}): LiveRules {
  let packs = options.folders.map((folder) => loadPack(folder));
  let fault: string | undefined;
  /** How the folders stood when they could not be read: only another state is worth the work. */
  let failed: string | undefined;
  /** Milliseconds that the last look at the files took; more files are looked at less often. */
  let lookedFor = 0;
  const look = () => {
    try {
      const began = performance.now();
      const marks = packs.map(({ folder }) => markOf(folder));
      lookedFor = performance.now() - began;
      const standing = marks.join('\n');
      if (standing === failed) return false;
      failed = standing;
      const next = packs.map((pack, index) =>
        pack.mark === marks[index] ? pack : loadPack(pack.folder, pack),
      );
      failed = undefined;
      const changed = next.some((pack, index) => pack !== packs[index]);
      packs = next;
      fault = undefined;
      if (changed) options.onChange();
      return changed;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message !== fault) options.onFault(error);
      fault = message;
      return false;
    }
  };
  let timer: NodeJS.Timeout;
  const wait = (milliseconds: number) => {
    timer = setTimeout(() => {
      look();
      wait(Math.max(lookMilliseconds, lookedFor * shareOfTime));
    }, milliseconds);
    timer.unref();
  };
  wait(lookMilliseconds);
  return {
    packs: () => packs,
    fault: () => fault,
    diagnostics: () => packs.flatMap(({ diagnostics }) => diagnostics),
    look,
    close: () => clearTimeout(timer),
  };
}
