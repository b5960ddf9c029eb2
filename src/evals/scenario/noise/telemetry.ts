import { talkTls } from '../activity/web.ts';
import { hour, millisecond, minute, second } from '../day.ts';
import type { World } from '../world.ts';

const reportsPerHost = 26;

/** The monitoring agent of every host reports outside at a steady beat, day and night: a beacon that is none. */
export function reportTelemetry(world: World): void {
  const { random, day, outside } = world;
  const times = world.count(reportsPerHost);
  const beat = Math.floor((24 * hour) / (times + 1));
  for (const host of world.hosts) {
    const first = day.start + 3 * minute + random.integer(0, Math.floor(beat / second)) * second;
    for (let time = 0; time < times; time += 1) {
      talkTls(world, {
        at: first + time * beat + random.integer(-800, 800) * millisecond,
        process: world.boot(host).gauge,
        site: outside.telemetry,
        sent: random.integer(3_000, 14_000),
        received: random.integer(200, 900),
        lasts: random.integer(90, 700) * millisecond,
        cached: time % 6 !== 0,
      });
    }
  }
}
