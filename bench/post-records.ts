/** A thread that posts made-up records at a fixed rate for so long, and tells how many were taken and how late it ended. */
import { setTimeout as wait } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { postRecords, records } from './served.ts';

export interface PostOrder {
  readonly url: string;
  readonly key: string;
  readonly perSecond: number;
  readonly seconds: number;
  /** Number of the first record. */
  readonly from: number;
}

export interface Posted {
  readonly posted: number;
  readonly refused: number;
  readonly seconds: number;
}

/** Requests of one second: as many senders would make. */
const requestsPerSecond = 20;
const { perSecond, seconds, from, ...to } = workerData as PostOrder;
const count = Math.max(1, Math.round(perSecond / requestsPerSecond));
const began = Date.now();
let posted = 0;
let refused = 0;
let last: Promise<void> = Promise.resolve();
for (let turn = 0; turn < seconds * requestsPerSecond; turn += 1) {
  await wait(Math.max(0, began + (turn * 1_000) / requestsPerSecond - Date.now()));
  const body = records(from + turn * count, count, Date.now());
  // One request at a time: who is slower than the rate is seen by how late it ends.
  await last;
  last = postRecords(to, body).then(
    () => {
      posted += count;
    },
    () => {
      refused += count;
    },
  );
}
await last;
parentPort?.postMessage({ posted, refused, seconds: (Date.now() - began) / 1_000 } satisfies Posted);
