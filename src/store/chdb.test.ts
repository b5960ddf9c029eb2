import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openStore } from './index.ts';
import { storeSuite } from './port.suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

storeSuite('the store in this process', () => openStore({ folder }));
