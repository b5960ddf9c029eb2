import type { Diagnostic } from '../detect/index.ts';
import { faultsOf } from './in-force.ts';
import { type FolderPack, loadPack, type RulePack, reloadPack } from './pack.ts';
import { markOf } from './rule-folder.ts';

const lookMilliseconds = 1_000;
/** Looking whether files changed takes at most one part of so many of the event loop's time. */
const shareOfTime = 50;

/** Rules as they are loaded, and who is told when others take their place. */
export interface LiveRules {
  /** The program's own, then the installed ones, then those of folders: of two rules with one id the later counts. */
  packs(): readonly RulePack[];
  /** What is wrong with a folder as it stands on disk, where the rules of before go on; undefined when nothing is. */
  fault(): string | undefined;
  diagnostics(): readonly Diagnostic[];
  /** Looks at the folders now, or waits for the look that is under way; true when rules changed. */
  look(): Promise<boolean>;
  /** A look under way changes nothing any more. */
  close(): void;
}

/**
 * Loads the packs of several folders and takes up changes on disk: a changed pack is read aside, in slices, and takes the place of the old
 * one whole. A folder or file that can not be read any more leaves its rules of before in force.
 */
export function openLiveRules(options: {
  /** The program's own first. */
  readonly folders: readonly string[];
  /** Packs that are installed, as they are at the moment. */
  readonly installed?: () => readonly RulePack[];
  readonly onChange: () => void;
  readonly onFault: (fault: unknown) => void;
}): LiveRules {
  let packs: readonly FolderPack[] = options.folders.map((folder) => loadPack(folder));
  let fault: string | undefined;
  /** How the folders stood when they could not be read: only another state is worth the work. */
  let failed: string | undefined;
  /** Milliseconds that the last look at the files took; more files are looked at less often. */
  let lookedFor = 0;
  let looking: Promise<boolean> | undefined;
  const closing = new AbortController();
  const { signal } = closing;
  const takeUp = async (): Promise<boolean> => {
    const began = performance.now();
    const marks = packs.map(({ folder }) => markOf(folder));
    lookedFor = performance.now() - began;
    const standing = marks.join('\n');
    if (standing === failed) return false;
    failed = standing;
    const next: FolderPack[] = [];
    for (const [index, pack] of packs.entries())
      next.push(pack.mark === marks[index] ? pack : await reloadPack(pack, signal));
    signal.throwIfAborted();
    failed = undefined;
    const changed = next.some((pack, index) => pack !== packs[index]);
    packs = next;
    fault = undefined;
    if (changed) options.onChange();
    return changed;
  };
  const look = () => {
    looking ??= takeUp()
      .catch((error: unknown) => {
        if (signal.aborted) return false;
        const message = error instanceof Error ? error.message : String(error);
        if (message !== fault) options.onFault(error);
        fault = message;
        return false;
      })
      .finally(() => {
        looking = undefined;
      });
    return looking;
  };
  let timer: NodeJS.Timeout;
  const wait = (milliseconds: number) => {
    timer = setTimeout(async () => {
      await look();
      if (!signal.aborted) wait(Math.max(lookMilliseconds, lookedFor * shareOfTime));
    }, milliseconds);
    timer.unref();
  };
  wait(lookMilliseconds);
  const all = () => [...packs.slice(0, 1), ...(options.installed?.() ?? []), ...packs.slice(1)];
  return {
    packs: all,
    fault: () => fault,
    diagnostics: () => faultsOf(all()),
    look,
    close() {
      closing.abort();
      clearTimeout(timer);
    },
  };
}
