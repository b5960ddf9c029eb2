import { hash } from 'node:crypto';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { TyrianError } from '../contracts/error.ts';
import type { FromThread, ThreadStart, ToThread } from './messages.ts';
import { createShelf, type Shelf } from './shelf.ts';
import { openYaraX } from './yara-x.ts';

/** Below the threads that answer questions and store telemetry. */
const niceness = 10;

const { folders, library } = workerData as ThreadStart;
const now = () => performance.now();
const send = (message: FromThread) => parentPort?.postMessage(message);
// Only Linux has a priority for each thread; elsewhere this would be the whole process's.
if (process.platform === 'linux') setPriority(niceness);

let opening: Promise<() => Shelf> | undefined;

async function answer(asked: ToThread): Promise<void> {
  const { id } = asked;
  try {
    opening ??= openYaraX(library).then((yara) => createShelf(yara, folders, now));
    const { rules, told } = (await opening)();
    if (asked.kind === 'rules') {
      send({ kind: 'rules', id, rules: told });
      return;
    }
    send({ kind: 'began', id });
    const started = now();
    const found = rules.scan(asked.bytes);
    const milliseconds = Math.round(now() - started);
    const { bytes } = asked;
    const scan = {
      ...{ sha256: hash('sha256', bytes, 'hex'), size: bytes.byteLength, milliseconds },
      ...{ matches: [...found.matches], truncated: found.truncated },
    };
    send({ kind: 'scanned', id, scan });
  } catch (error) {
    const known = error instanceof TyrianError;
    const message = error instanceof Error ? error.message : String(error);
    send({ kind: 'failed', id, code: known ? error.code : 'scan.failed', message });
  }
}

parentPort?.on('message', (asked: ToThread) => void answer(asked));
