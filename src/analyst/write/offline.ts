import type { Evidence, HuntPlan, HuntQuery } from '../../contracts/index.ts';
import type { Writer, WriterPiece } from './port.ts';
import { groupsTold, tellRange, tellTimeline, tellTop } from './tell-groups.ts';
import { tellRow } from './tell-rows.ts';
import { tellTree } from './tell-tree.ts';
import type { Told } from './told.ts';

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
      for (const each of evidence) {
        signal.throwIfAborted();
        const told = tell(each, queryOf(plan, each));
        for (const { text, claims } of told) {
          yield { kind: 'open', sentence: 'fact', claims } satisfies WriterPiece;
          yield { kind: 'words', text } satisfies WriterPiece;
        }
        const left = untold(each);
        if (left > 0)
          yield { kind: 'gap', text: `${each.id} holds ${left} more rows than the sentences tell.` };
      }
    },
  };
}

function queryOf(plan: HuntPlan, evidence: Evidence): HuntQuery | undefined {
  return plan.queries.find(({ id }) => id === evidence.query_id);
}

function tell(evidence: Evidence, query: HuntQuery | undefined): readonly Told[] {
  switch (evidence.kind) {
    case 'rows':
      return evidence.rows.slice(0, rowsTold).map((_, row) => tellRow(evidence, row, query));
    case 'top':
      return tellTop(evidence, query);
    case 'timeline':
      return tellTimeline(evidence);
    case 'first_last':
      return tellRange(evidence);
    case 'process_tree':
      return tellTree(evidence, treeLinesTold);
    case 'sources':
      return [];
  }
}

/** Rows that no sentence tells of. A timeline is told as a whole, by its sum and its highest interval. */
function untold(evidence: Evidence): number {
  const told: Partial<Record<Evidence['kind'], number>> = {
    rows: rowsTold,
    top: groupsTold,
    process_tree: treeLinesTold,
  };
  const limit = told[evidence.kind];
  return limit === undefined ? 0 : Math.max(0, evidence.rows.length - limit);
}
