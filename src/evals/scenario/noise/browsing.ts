import { resolve } from '../activity/resolve.ts';
import { browserAgent, talkHttp, talkTls } from '../activity/web.ts';
import { millisecond } from '../day.ts';
import { logFileCreate } from '../windows/sysmon.ts';
import type { World } from '../world.ts';
import { atWork, type Desk } from './arrival.ts';

const visitsPerPerson = 74;
const mailChecksPerPerson = 9;

/** People read the web and their mail. */
export function browse(world: World, desks: readonly Desk[]): void {
  for (const desk of desks) {
    for (let visit = world.count(visitsPerPerson); visit > 0; visit -= 1) visitSite(world, desk);
    for (let check = world.count(mailChecksPerPerson); check > 0; check -= 1) checkMail(world, desk);
  }
}

function visitSite(world: World, desk: Desk): void {
  const { random, outside } = world;
  const at = atWork(world, desk);
  const process = desk.browser;
  if (random.chance(0.03)) {
    resolve(world, at, process, `${random.text('abcdefghijklmnop', 9)}.tidewater.example`, []);
    return;
  }
  const transfer = {
    at,
    process,
    site: random.pick(outside.websites),
    sent: random.size(300, 60_000),
    received: random.size(2_000, 9_000_000),
    lasts: random.integer(80, 90_000) * millisecond,
    cached: random.chance(0.3),
  };
  if (random.chance(0.88)) {
    talkTls(world, transfer);
  } else {
    talkHttp(world, transfer, {
      method: 'GET',
      uri: `/${random.pick(['index.html', 'feed.xml', 'logo.png', 'style.css'])}`,
      userAgent: browserAgent,
      status: random.pick([200, 200, 200, 304, 404]),
      mime: random.pick(['text/html', 'image/png', 'text/css']),
    });
  }
  if (random.chance(0.06)) download(world, desk, at);
}

function download(world: World, desk: Desk, at: number): void {
  const ending = world.random.pick(['pdf', 'zip', 'xlsx', 'docm', 'exe']);
  const name = `download-${world.random.integer(100, 999)}.${ending}`;
  const path = `C:\\Users\\${desk.person.account.name}\\Downloads\\${name}`;
  logFileCreate(world, desk.browser, at + 900 * millisecond, path);
}

function checkMail(world: World, desk: Desk): void {
  const { random, outside } = world;
  const at = atWork(world, desk);
  talkTls(world, {
    at,
    process: desk.mail,
    site: outside.mail,
    sent: random.size(900, 400_000),
    received: random.size(2_000, 12_000_000),
    lasts: random.integer(2_000, 240_000) * millisecond,
    cached: random.chance(0.7),
  });
  if (!random.chance(0.25)) return;
  const folder = `C:\\Users\\${desk.person.account.name}\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook`;
  const name = `scan-${random.integer(1_000, 9_999)}.${random.pick(['pdf', 'docx', 'xlsm'])}`;
  logFileCreate(
    world,
    desk.mail,
    at + 700 * millisecond,
    `${folder}\\${random.text('ABCDEFGH0123', 8)}\\${name}`,
  );
}
