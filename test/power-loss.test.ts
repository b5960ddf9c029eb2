import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../src/client/index.ts';
import { temporaryFolder } from './opened.ts';
import { type RunningServer, startServer } from './running-server.ts';
import { alertOn, failedLogon, ruleFolder, send, settled, until } from './siem-desk.ts';

/**
 * What is acknowledged is on disk: by the order of the process's own system calls, and by taking away all that is not flushed
 * before an acknowledgement.
 */
const folder = temporaryFolder('power-loss');
const data = join(folder.path, 'data');
const environment = { TYRIAN_RULES_FOLDER: ruleFolder(join(folder.path, 'rules')) };
let server: RunningServer;
let key = '';

beforeEach(async () => {
  server = await startServer(data, key, environment);
  key ||= server.key;
});
afterEach(async () => {
  await server.kill();
});
afterAll(() => folder.remove());

const client = () => createClient({ url: server.url, key });
const closing = { change: { kind: 'status', status: 'closed', verdict: 'benign' } } as const;

async function openAlert(host: string): Promise<string> {
  await send(server, [failedLogon(host, 1)], key);
  await settled({ client: client() });
  return (await alertOn({ client: client() }, host)).id;
}

/** strace(1) may be absent, and a system may forbid to trace (ptrace_scope, seccomp). */
const canTrace =
  spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0 &&
  spawnSync('strace', ['-o', '/dev/null', '-p', '1']).error === undefined;

/** One system call, in the order in which they ended. */
interface Call {
  readonly name: string;
  readonly text: string;
}

/** The calls of all threads of the server that sync or write, while `work` runs. */
async function traced(work: () => Promise<void>): Promise<readonly Call[]> {
  const out = join(folder.path, 'calls.txt');
  const calls = 'fsync,fdatasync,msync,write,writev,sendto,sendmsg,pwrite64,pwritev';
  const words = ['-f', '-y', '-s', '60', '-e', `trace=${calls}`, '-o', out, '-p', String(server.child.pid)];
  const strace = spawn('strace', words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  strace.stderr.on('data', (part: Buffer) => {
    said += part.toString();
  });
  await until(() => /attached/.test(said));
  // Threads are attached to one after the other: a call that is seen shows that this one is.
  await client().live({});
  await work();
  strace.kill('SIGINT');
  await once(strace, 'close');
  return callsIn(readFileSync(out, 'utf8'));
}

/** Joins calls that were cut in two (`<unfinished ...>`, `<... resumed>`) and places them at their end, as the caller of sync sees them. */
function callsIn(text: string): readonly Call[] {
  const begun = new Map<string, string>();
  return text.split('\n').flatMap((line) => {
    const [, thread = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const unfinished = /^(.*)<unfinished \.\.\.>$/.exec(rest)?.[1];
    if (unfinished !== undefined) begun.set(thread, unfinished);
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)?.[1];
    const whole = resumed === undefined ? rest : `${begun.get(thread) ?? ''}${resumed}`;
    const name = /^(\w+)\(/.exec(whole)?.[1];
    return unfinished !== undefined || name === undefined ? [] : [{ name, text: whole }];
  });
}

const isAnswer = ({ text }: Call, status: number) => text.includes(`"HTTP/1.1 ${status} `);
/** The data of an LMDB file are synced by fdatasync, then its head is written through a descriptor that syncs each write (O_DSYNC). */
const isSynced = ({ name, text }: Call, file: RegExp) =>
  /^f(?:data)?sync$/.test(name) && file.test(text) && / = 0$/.test(text);
const isWritten = ({ name, text }: Call, file: RegExp) => name.startsWith('pwrite') && file.test(text);

/** Between the request (the `before`-th answer) and its answer the file was synced, and its head written behind that. */
function expectSynced(calls: readonly Call[], file: RegExp, status: number): void {
  const answers = calls.flatMap((call, index) => (isAnswer(call, status) ? [index] : []));
  const answer = answers.at(-1) ?? -1;
  const request = calls.findIndex((call) => isAnswer(call, 200));
  expect(answer, 'the answer is among the calls').toBeGreaterThan(request);
  const between = calls.slice(request, answer);
  const sync = between.findIndex((call) => isSynced(call, file));
  expect(sync, `no sync of ${String(file)} before the answer`).toBeGreaterThanOrEqual(0);
  expect(between.slice(sync).some((call) => isWritten(call, file))).toBe(true);
}

describe.skipIf(!canTrace)('with the system calls seen by strace, the disk is waited for', () => {
  it('before telemetry is acknowledged', async () => {
    const calls = await traced(() => send(server, [failedLogon('traced', 1)], key));
    expectSynced(calls, /\/log\/segments\//, 202);
  });

  it('before a closed alert is', async () => {
    const id = await openAlert('closed');
    const calls = await traced(async () => {
      await client().changeAlert({ params: { id }, body: closing });
    });
    expectSynced(calls, /\/topics\//, 200);
  });

  it('before a revoked key is', async () => {
    const { key: issued } = await client().issueKey({ body: { name: 'short', role: 'viewer' } });
    const calls = await traced(async () => {
      await client().revokeKey({ params: { id: issued.id } });
    });
    expectSynced(calls, /\/topics\//, 200);
  });

  it('while a look at alerts syncs no topic', async () => {
    const calls = await traced(async () => {
      await client().alerts({ query: {} });
    });
    expect(calls.filter((call) => isSynced(call, /\/topics\//))).toEqual([]);
  });

  it('and the head of each LMDB file is written through a descriptor that syncs', () => {
    const heads = dsyncedFiles(server.child.pid ?? 0);
    expect(heads.some((path) => path.includes('/topics/'))).toBe(true);
    expect(heads.some((path) => path.includes('/log/segments/'))).toBe(true);
  });
});

/** Files that the process has open with O_DSYNC (0o10000 on Linux, `open(2)`), by proc(5). */
function dsyncedFiles(pid: number): readonly string[] {
  const listed = spawnSync('sh', [
    '-c',
    `for f in /proc/${pid}/fd/*; do echo "$(readlink $f) $(grep flags /proc/${pid}/fdinfo/\${f##*/})"; done`,
  ]);
  return listed.stdout
    .toString()
    .split('\n')
    .flatMap((line) => {
      const [, path = '', flags = '0'] = /^(\S+) flags:\s+([0-7]+)$/.exec(line) ?? [];
      return (Number.parseInt(flags, 8) & 0o10000) === 0 ? [] : [path];
    });
}

describe('when the power goes, the tables of the workflow may be lost', () => {
  const state = join(data, 'state');
  const saved = join(folder.path, 'state-of-before');

  it('but for nothing that was acknowledged: an older copy is brought up to date from the topics', async () => {
    const id = await openAlert('older');
    const { key: revoked, secret } = await client().issueKey({ body: { name: 'old', role: 'viewer' } });
    await server.stop();
    cpSync(state, saved, { recursive: true });
    server = await startServer(data, key, environment);
    await client().changeAlert({ params: { id }, body: closing });
    await client().revokeKey({ params: { id: revoked.id } });
    const added = await client().issueKey({ body: { name: 'new', role: 'viewer' } });
    const other = await openAlert('other');
    const before = await everything();
    await server.kill();
    rmSync(state, { recursive: true });
    cpSync(saved, state, { recursive: true });
    server = await startServer(data, key, environment);
    expect(await alertOn({ client: client() }, 'other')).toMatchObject({ id: other, hits: 1 });
    expect(await everything()).toEqual(before);
    expect(await client().alert({ params: { id } })).toMatchObject({ status: 'closed', hits: 1 });
    await createClient({ url: server.url, key: added.secret }).alerts({ query: {} });
    await expect(createClient({ url: server.url, key: secret }).alerts({ query: {} })).rejects.toMatchObject({
      status: 401,
    });
  });

  it('and even without any copy the same tables are made again', async () => {
    const before = await everything();
    await server.kill();
    rmSync(state, { recursive: true });
    server = await startServer(data, key, environment);
    await until(async () => (await everything()).alerts.length === before.alerts.length);
    expect(await everything()).toEqual(before);
  });

  /** All that people see of alerts and keys. */
  async function everything() {
    const { alerts } = await client().alerts({ query: { limit: '200' } });
    const views = await Promise.all(alerts.map(({ id }) => client().alert({ params: { id } })));
    return { alerts: views, keys: (await client().keys({})).keys };
  }
});
