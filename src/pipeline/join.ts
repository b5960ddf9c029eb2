import type { SourceCatalogue } from '../normalise/index.ts';
import type { PlacedGroup } from './batch.ts';
import { recordsOf } from './native.ts';

/** A record of the batch that the in-process function makes an event of. */
export interface SlowRecord {
  readonly row: number;
  readonly placed: PlacedGroup;
}

/** The records of one event, the first of which stands for all; where sources tell an event in one record, that one. */
export interface EventRecords {
  readonly row: number;
  readonly placed: PlacedGroup;
  /** Number of the first record within its group. */
  readonly index: number;
  readonly raws: readonly Buffer[];
}

const lineFeed = Buffer.from('\n');

/**
 * Records in order, those of one event together: neighbours in their group whose source says that they are of one event
 * (intake has put them side by side). Depends on the group alone, so a batch that is read again after a crash joins the
 * same.
 */
export function* joinRecords(
  records: readonly SlowRecord[],
  catalogue: Pick<SourceCatalogue, 'form'>,
): Generator<EventRecords> {
  let group: PlacedGroup | undefined;
  let raws: readonly Uint8Array[] = [];
  let join: ReturnType<typeof joinOf>;
  let open: { readonly event: string; readonly first: SlowRecord; readonly raws: Buffer[] } | undefined;
  const close = () => (open === undefined ? [] : [eventOf(open.first, open.raws)]);
  for (const record of records) {
    const { row, placed } = record;
    if (placed !== group) {
      yield* close();
      [group, raws, join, open] = [
        placed,
        [...recordsOf(placed.group.body)],
        joinOf(placed, catalogue),
        undefined,
      ];
    }
    const raw = Buffer.from(raws[row - placed.firstRow] ?? new Uint8Array());
    const event = join?.eventOf(raw.toString());
    if (open !== undefined && open.event === event && row === open.first.row + open.raws.length) {
      open.raws.push(raw);
      continue;
    }
    yield* close();
    open = event === undefined ? undefined : { event, first: record, raws: [raw] };
    if (event === undefined) yield eventOf(record, [raw]);
  }
  yield* close();
}

/** What an event that came as several records is stored as. */
export function rawOf({ raws }: EventRecords): Buffer {
  const [first = Buffer.alloc(0)] = raws;
  if (raws.length < 2) return first;
  return Buffer.concat(raws.flatMap((raw, index) => (index === 0 ? [raw] : [lineFeed, raw])));
}

function joinOf({ group }: PlacedGroup, catalogue: Pick<SourceCatalogue, 'form'>) {
  return catalogue.form(group.source, group.form)?.joins;
}

const eventOf = ({ row, placed }: SlowRecord, raws: readonly Buffer[]): EventRecords => ({
  ...{ row, placed, raws },
  index: row - placed.firstRow,
});
