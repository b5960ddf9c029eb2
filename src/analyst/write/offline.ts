import type { Evidence, HuntPlan, HuntQuery } from '../../contracts/index.ts';
import type { Writer, WriterPiece } from './port.ts';
import { groupsTold, tellRange, tellTimeline, tellTop } from './tell-groups.ts';
import { tellPassages } from './tell-passages.ts';
import { tellRow } from './tell-rows.ts';
import { tellTree } from './tell-tree.ts';
import { type Told, textAt } from './told.ts';

/** How many single events, and lines of a process tree, one evidence is told in. */
const rowsTold = 12;
const treeLinesTold = 60;

const author: WriterPiece = {
  kind: 'author',
  name: 'offline analyst',
  note: 'Written by the offline analyst: fixed rules made these sentences from the evidence, without a language model.',
};

/**
 * The offline analyst: sentences made by the program from the tables of evidence, the same each time. It tells what
 * stands in the cells and weighs nothing.
 */
export function createOfflineWriter(): Writer {
  return {
    async *write({ plan, evidence }, signal) {
      yield author;
      const seen = new Set<string>();
      for (const each of evidence.toSorted(byRank)) {
        signal.throwIfAborted();
        const { told, untold } = tell(each, queryOf(plan, each), seen);
        for (const { text, claims } of told) {
          yield { kind: 'open', sentence: 'fact', claims } satisfies WriterPiece;
          yield { kind: 'words', text } satisfies WriterPiece;
        }
        if (untold > 0) yield { kind: 'gap', text: gapText(each, untold) };
      }
    },
  };
}

const gapText = ({ id }: Evidence, untold: number) =>
  `${id} holds ${untold} more ${untold === 1 ? 'row' : 'rows'} than the sentences tell.`;

/** How many there are and since when comes first; the rest as the plan has it. */
function byRank(left: Evidence, right: Evidence): number {
  return Number(right.kind === 'first_last') - Number(left.kind === 'first_last');
}

function queryOf(plan: HuntPlan, evidence: Evidence): HuntQuery | undefined {
  return plan.queries.find(({ id }) => id === evidence.query_id);
}

interface Telling {
  readonly told: readonly Told[];
  /** Rows that no sentence tells of. */
  readonly untold: number;
}

/** `seen` holds the ids of events that were told: an event that two queries found is told once. */
function tell(evidence: Evidence, query: HuntQuery | undefined, seen: Set<string>): Telling {
  switch (evidence.kind) {
    case 'rows':
      return tellRows(evidence, query, seen);
    case 'top':
      return { told: tellTop(evidence, query), untold: Math.max(0, evidence.rows.length - groupsTold) };
    case 'timeline': {
      const told = tellTimeline(evidence);
      return { told, untold: told.length === 0 ? evidence.rows.length : 0 };
    }
    case 'first_last':
      return { told: tellRange(evidence, query), untold: 0 };
    case 'process_tree': {
      takeUnseen(evidence, seen);
      const lines = tellTree(evidence);
      return { told: lines.slice(0, treeLinesTold), untold: Math.max(0, lines.length - treeLinesTold) };
    }
    case 'sources':
      return { told: [], untold: 0 };
    case 'passages':
      return tellPassages(evidence);
  }
}

function tellRows(evidence: Evidence, query: HuntQuery | undefined, seen: Set<string>): Telling {
  const fresh = takeUnseen(evidence, seen);
  const told: Told[] = [];
  let rows = 0;
  for (const row of fresh) {
    const next = tellRow(evidence, row, query);
    // Two logs may report one event: in the same words it is told once.
    const repeated = told.some(({ text }) => text === next.text);
    if (!repeated && told.length === rowsTold) break;
    if (!repeated) told.push(next);
    rows += 1;
  }
  return { told, untold: fresh.length - rows };
}

/** The rows whose event was not told yet; they count as told from now on. */
function takeUnseen(evidence: Evidence, seen: Set<string>): readonly number[] {
  return evidence.rows.flatMap((_, row) => {
    const id = textAt(evidence, row, 'event_id');
    if (id !== '' && seen.has(id)) return [];
    seen.add(id);
    return [row];
  });
}
