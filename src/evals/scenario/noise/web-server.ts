import { connect } from '../activity/connect.ts';
import { browserAgent } from '../activity/web.ts';
import { anyTime, millisecond, workTime } from '../day.ts';
import type { World } from '../world.ts';
import { logHttp, logWeird } from '../zeek/protocols.ts';

const visitsPerDay = 620;
const agents = [
  browserAgent,
  browserAgent,
  'curl/8.9.1',
  'FeedReader/3.1',
  'PatientBot/1.0 (+http://bot.wiki.bluefin.example)',
];
const pages = [
  '/',
  '/products',
  '/prices',
  '/contact',
  '/login',
  '/static/app.js',
  '/wp-login.php',
  '/robots.txt',
];

/** Visitors of the public web server, a few of them curious. */
export function serveVisitors(world: World): void {
  const { random, outside } = world;
  const server = world.server('web-server');
  for (let visit = world.count(visitsPerDay); visit > 0; visit -= 1) {
    const received = random.size(400, 900_000);
    const connection = connect(world, {
      at: random.chance(0.5) ? workTime(random, world.day) : anyTime(random, world.day),
      from: { ip: random.pick(outside.visitors), dnsName: '-' },
      to: server,
      port: 80,
      service: 'http',
      sent: random.integer(200, 900),
      received: received + 300,
      lasts: random.integer(20, 4_000) * millisecond,
      ...(random.chance(0.3) ? { takenBy: world.boot(server).main } : {}),
    });
    const uri = random.pick(pages);
    logHttp(world, connection, {
      method: uri === '/login' ? 'POST' : 'GET',
      host: 'www.harbour.example',
      uri,
      userAgent: random.pick(agents),
      status: uri === '/wp-login.php' ? 404 : 200,
      sent: uri === '/login' ? 96 : 0,
      received: random.chance(0.3) ? 0 : received,
      mime: uri.endsWith('.js') ? 'application/javascript' : 'text/html',
    });
    if (random.chance(0.04)) logWeird(world, connection, 'HTTP_version_mismatch', 'HTTP');
  }
}
