import { hash } from 'node:crypto';
import * as z from 'zod';
import { type RecordGroup, TyrianError } from '../contracts/index.ts';
import type { LoggedGroup, LogReader } from '../log/index.ts';
import { recordsOf, texts } from './native.ts';

const whole = z.string().regex(/^\d+$/);

/** A dead letter as a read of the program's own gives it. */
export const Letter = z.object({
  source: z.string(),
  stream: z.string(),
  partition: whole,
  offset: whole,
  sub: whole,
  /** Milliseconds since the epoch. */
  received: whole,
  /** Hexadecimal: a record may be any bytes. */
  raw: z.string(),
  raw_sha256: z.string(),
});
export type Letter = z.infer<typeof Letter>;

/** Letters whose records were framed together, and the group that they are received again as. */
export interface ReplayedGroup {
  readonly letters: readonly Letter[];
  readonly group: RecordGroup;
}

interface Found {
  readonly letter: Letter;
  readonly raw: Uint8Array;
  /** A hint; '' where the log no longer has it. */
  readonly form: string;
  readonly scheme: RecordGroup['scheme'];
  readonly seed: string;
  readonly ordinal: number;
}

/**
 * The records of dead letters as they came, from the log while it has them, else from what the letters kept; letters that kept
 * only a part are left out. What was framed together stays together, as records may be parts of one event.
 */
export async function recordsOfLetters(
  log: Pick<LogReader, 'read'>,
  tenant: string,
  letters: readonly Letter[],
  signal: AbortSignal,
): Promise<readonly ReplayedGroup[]> {
  const frames = createFrames(log, signal);
  const groups = new Map<string, Found[]>();
  for (const letter of letters) {
    const found = await find(frames, letter);
    if (found === undefined) continue;
    const { source, stream, received, partition, offset } = letter;
    const key = [source, stream, received, partition, offset, found.form, found.scheme, found.seed].join(
      '\n',
    );
    groups.set(key, [...(groups.get(key) ?? []), found]);
  }
  return [...groups.values()].map((found) => replayedGroup(tenant, found));
}

function replayedGroup(tenant: string, found: readonly Found[]): ReplayedGroup {
  const [first] = found as [Found, ...Found[]];
  const { source, stream, received } = first.letter;
  return {
    letters: found.map(({ letter }) => letter),
    group: {
      ...{ tenant, source, stream, receivedAt: Number(received), traceparent: '' },
      ...{ form: first.form, scheme: first.scheme, seed: first.seed, count: found.length },
      body: texts(found.map(({ raw }) => raw)),
      ordinals: Uint32Array.from(found, ({ ordinal }) => ordinal),
    },
  };
}

async function find(frames: Frames, letter: Letter): Promise<Found | undefined> {
  const { partition, offset, sub } = letter;
  const logged = recordIn(await frames(Number(partition), Number(offset)), letter);
  const raw = logged?.raw ?? Buffer.from(letter.raw, 'hex');
  if (raw.length === 0 || sha256(raw) !== letter.raw_sha256) return undefined;
  if (logged !== undefined && logged.seed !== '') return { letter, ...logged };
  // By its first place where nothing else tells equal records apart: however often it is replayed, its event has one id.
  const seed = sha256(`replay ${partition}/${offset}`);
  return { letter, raw, form: logged?.form ?? '', scheme: 'request', seed, ordinal: Number(sub) };
}

function recordIn(groups: readonly LoggedGroup[], letter: Letter): Omit<Found, 'letter'> | undefined {
  const sub = Number(letter.sub);
  const group = groups.find(({ firstSub, count }) => sub >= firstSub && sub < firstSub + count);
  if (group === undefined) return undefined;
  const index = sub - group.firstSub;
  let at = 0;
  for (const raw of recordsOf(group.body)) {
    // A record that its letter does not know by its hash is another one.
    if (at === index && sha256(raw) === letter.raw_sha256)
      return { ...identity(group), raw, ordinal: group.ordinals[index] ?? 0 };
    at += 1;
  }
  return undefined;
}

const identity = ({ form, scheme, seed }: RecordGroup) => ({ form, scheme, seed });
const sha256 = (value: string | Uint8Array) => hash('sha256', value, 'hex');

type Frames = (partition: number, offset: number) => Promise<readonly LoggedGroup[]>;

/** Frames that are kept decoded: letters of one frame follow each other, but for their time of receipt. */
const keptFrames = 4;

function createFrames(log: Pick<LogReader, 'read'>, signal: AbortSignal): Frames {
  const kept = new Map<string, readonly LoggedGroup[]>();
  return async (partition, offset) => {
    const key = `${partition}/${offset}`;
    const groups = kept.get(key) ?? (await readFrame(log, { partition, from: offset, maxBytes: 1, signal }));
    kept.delete(key);
    kept.set(key, groups);
    const oldest = kept.keys().next();
    if (kept.size > keptFrames && oldest.done !== true) kept.delete(oldest.value);
    return groups;
  };
}

/** The log has given the frame back, or had another number of partitions when it was written. */
const gone: readonly string[] = ['log.trimmed', 'log.no_partition'];

async function readFrame(
  log: Pick<LogReader, 'read'>,
  request: Parameters<LogReader['read']>[0],
): Promise<readonly LoggedGroup[]> {
  try {
    const [frame] = (await log.read(request)).items;
    return frame?.kind === 'frame' && frame.offset === request.from ? frame.groups : [];
  } catch (error) {
    if (error instanceof TyrianError && gone.includes(error.code)) return [];
    throw error;
  }
}
