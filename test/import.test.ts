import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../src/client/index.ts';
import type { LedgerView } from '../src/contracts/index.ts';
import { logon } from './bad-records.ts';
import { temporaryFolder } from './opened.ts';
import { type RunningServer, runCommand, startCommand, startServer } from './running-server.ts';

const folder = temporaryFolder('import');
const place = (name: string) => join(folder.path, name);
const data = place('data');
afterAll(() => folder.remove());

/** A file of so many logons of a host, each another event. */
function fileOf(name: string, host: string, count: number, pack = (text: string) => Buffer.from(text)) {
  const lines = Array.from({ length: count }, (_, index) => logon(host, { EventRecordID: index }));
  const path = place(name);
  writeFileSync(path, pack(`${lines.join('\n')}\n`));
  return path;
}

async function settled(client: RunningServer['client']): Promise<LedgerView> {
  for (;;) {
    const view = await client.ledger({ query: {} });
    if (view.total.in_flight === 0) return view;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('tyrian import beside a running server', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer(data);
  });
  afterAll(async () => {
    await server.stop();
  });
  const run = (...words: string[]) => runCommand(['--data', data, ...words]);
  const elsewhere = (key: string, ...words: string[]) =>
    runCommand(['--data', place('none'), '--url', server.url, ...words], { TYRIAN_KEY: key });

  it('is done by the server, and told in the words that an import alone has', async () => {
    const path = fileOf('first.ndjson', 'a', 40);
    const { code, out, err } = await run('import', path);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(
      /^40 records from 1 files \(.*\) in .* s: .* events\/s, of which 40 stored, 0 already known, 0 dead letters\.$/m,
    );
    expect(out).toMatch(/^total +40 +40 +0 /m);
    const again = await run('import', '--json', path);
    expect(JSON.parse(again.out)).toMatchObject({
      files: 1,
      records: 40,
      totals: { stored: 0, duplicate: 40 },
      problemsTotal: 0,
    });
    const { jobs } = await server.client.jobs({ query: { kind: 'imports.run' } });
    expect(jobs).toMatchObject([{ state: 'done', parameters: { paths: [path] } }, { state: 'done' }]);
  });

  it('tells the problems of files, and takes the others', async () => {
    const folderPath = place('mixed');
    mkdirSync(folderPath);
    fileOf('mixed/good.ndjson', 'mixed', 5);
    writeFileSync(join(folderPath, 'bad.txt'), 'This is prose.\nIt says little.\n');
    const { code, out, err } = await run('import', folderPath, place('missing'));
    expect(code).toBe(1);
    expect(err).toContain('(intake.not_recognised)');
    expect(err).toContain('(intake.unreadable)');
    expect(out).toMatch(/^5 records from 2 files/m);
  });

  it('is ordered on this machine only, of sources that there are, and each path absolute', async () => {
    const order = server.client.startImport({ body: { paths: [data] } });
    await expect(order).rejects.toMatchObject({ code: 'api.local_only', status: 403 });
    expect(await run('import', '--source', 'nonsense', data)).toMatchObject({
      code: 1,
      err: expect.stringContaining('(api.unknown_source)'),
    });
    await expect(server.client.startImport({ body: { paths: ['data'] } })).rejects.toMatchObject({
      status: 400,
    });
    // The first of them stands in the audit trail.
    await expect
      .poll(() => server.client.audit({ query: { action: 'guard.refused' } }))
      .toMatchObject({
        lines: [{ outcome: 'refused', details: { code: 'api.local_only', route: 'POST /v1/imports' } }],
      });
  });

  it('from elsewhere sends the records; sent again nothing is stored twice', async () => {
    const { secret } = await server.client.issueKey({
      body: { name: 'far', scopes: ['telemetry:write', 'ledger:read'] },
    });
    const other = createClient({ url: server.url, key: secret });
    const before = (await settled(other)).total.stored;
    const paths = [fileOf('far.ndjson.gz', 'far', 9_000, gzipSync), fileOf('near.ndjson', 'near', 7)];
    const { code, out, err } = await elsewhere(secret, 'import', ...paths);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^9,007 records from 2 files \(.*\) in .* s: .* events\/s\.$/m);
    expect((await settled(other)).total.stored).toBe(before + 9_007);
    expect((await elsewhere(secret, 'import', ...paths)).code).toBe(0);
    expect((await settled(other)).total.stored).toBe(before + 9_007);
    // Equal lines of one file are as many events; what no request can carry is told.
    const equal = place('equal.log');
    writeFileSync(equal, 'Oct 11 22:14:15 web su: x\n'.repeat(8_500));
    const xml = place('over-lines.xml');
    writeFileSync(xml, '<Events><Event>\n<System><EventID>1</EventID></System>\n</Event></Events>');
    const mixed = await elsewhere(secret, 'import', '--json', equal, xml);
    expect(mixed.code).toBe(1);
    expect(JSON.parse(mixed.out)).toMatchObject({
      records: 8_500,
      problems: [{ path: xml, code: 'intake.not_sendable' }],
    });
    expect((await settled(other)).total.stored).toBe(before + 9_007 + 8_500);
  });
});

describe('an import that the server does', () => {
  it('goes on after a restart, behind the files that are done', async () => {
    const own = place('restarted');
    const many = place('many');
    mkdirSync(many);
    // More than one slice of 200 files.
    for (let file = 0; file < 450; file += 1)
      fileOf(`many/${String(file).padStart(3, '0')}.ndjson`, `h${file}`, 20);
    let server = await startServer(own);
    const importing = startCommand(['--data', own, 'import', many]);
    await expect
      .poll(
        async () =>
          (await server.client.jobs({ query: { kind: 'imports.run' } })).jobs[0]?.progress.done ?? 0,
        {
          timeout: 30_000,
        },
      )
      .toBeGreaterThan(0);
    server.child.kill('SIGKILL');
    expect((await importing.ended).code).toBe(1);
    server = await startServer(own, server.key);
    await expect
      .poll(async () => (await server.client.jobs({ query: { kind: 'imports.run' } })).jobs[0], {
        timeout: 90_000,
        interval: 200,
      })
      .toMatchObject({ state: 'done', result: { files: 450, records: 9_000 } });
    expect(await settled(server.client)).toMatchObject({ total: { stored: 9_000, balanced: true } });
    await server.stop();
  });

  it('is cancelled when its command is stopped', async () => {
    const own = place('cancelled');
    const many = place('tiny');
    mkdirSync(many);
    for (let file = 0; file < 10_000; file += 1)
      writeFileSync(join(many, `${file}.ndjson`), logon(`h${file}`, { EventRecordID: file }));
    const server = await startServer(own);
    const importing = startCommand(['--data', own, 'import', many]);
    const job = async () => (await server.client.jobs({ query: { kind: 'imports.run' } })).jobs[0];
    await expect.poll(async () => (await job())?.state, { timeout: 30_000 }).toBe('running');
    importing.child.kill('SIGINT');
    expect(await importing.ended).toMatchObject({
      code: 130,
      err: expect.stringContaining('is told to stop'),
    });
    await expect.poll(async () => (await job())?.state, { timeout: 30_000 }).toBe('cancelled');
    await server.stop();
  });
});
