import { httpErrors } from './errors.ts';
import { FairShare } from './fair-share.ts';

const retryAfter = { details: { retry_after_seconds: 1 } };

/** A share of a bound that was taken and must be given back; giving back twice is harmless. */
export interface Share {
  release(): void;
}

/** bulk: telemetry that comes in. small: all else. */
export type Lane = 'bulk' | 'small';

/** Of all places, what bulk may take: a flood of telemetry leaves room for questions. */
const bulkShare = 0.75;
/** Bodies of telemetry together may hold this many times the largest body, … */
const bulkBodies = 4;
/** … and so many more are for other bodies, and for tenants that come while one holds all of those. */
const otherBodies = 1;

/** Bounds how much is worked on at once, and divides it among tenants. */
export interface Admission {
  /** Takes a place for a request of a tenant; throws `http.busy` when the lane has none left for it. */
  enter(lane: Lane, tenant: string): Share;
  /** Takes room for bytes of bodies, piece by piece; `take` throws `http.busy` when there is none left for this tenant. */
  room(lane: Lane, tenant: string): Share & { take(bytes: number): void };
  readonly inFlight: number;
  readonly heldBytes: number;
}

/** Makes the bounds of a server: requests in flight, and bytes of all bodies together. */
export function createAdmission(bounds: {
  readonly maxInFlight: number;
  readonly maxBodyBytes: number;
  /** Milliseconds, rising. */
  readonly now: () => number;
}): Admission {
  const { maxInFlight, maxBodyBytes, now } = bounds;
  const bulkPlaces = Math.max(1, Math.floor(maxInFlight * bulkShare));
  const places = new FairShare({ total: maxInFlight, bulk: bulkPlaces, least: 1, now });
  const bytes = new FairShare({
    total: maxBodyBytes * (bulkBodies + otherBodies),
    bulk: maxBodyBytes * bulkBodies,
    // Less would refuse the largest body for ever.
    least: maxBodyBytes,
    now,
  });
  return {
    enter(lane, tenant) {
      if (lane === 'bulk') for (const share of [places, bytes]) share.seen(tenant);
      const room = taking(places, lane, tenant, (held) => `${held} requests are being worked on`);
      room.take(1);
      return room;
    },
    room: (lane, tenant) => taking(bytes, lane, tenant, (held) => `Bodies hold ${held} bytes already`),
    get inFlight() {
      return places.held;
    },
    get heldBytes() {
      return bytes.held;
    },
  };
}

function taking(
  share: FairShare,
  lane: Lane,
  tenant: string,
  why: (held: number) => string,
): ReturnType<Admission['room']> {
  let taken = 0;
  let released = false;
  return {
    take(amount) {
      // The connection went away while a body was being read: nothing gives this back any more.
      if (released) return;
      const fits = lane === 'bulk' ? share.takeBulk(tenant, amount) : share.takeSmall(amount);
      if (!fits) throw httpErrors.make('busy', why(share.held), retryAfter);
      taken += amount;
    },
    release() {
      if (lane === 'bulk') share.giveBulk(tenant, taken);
      else share.giveSmall(taken);
      taken = 0;
      released = true;
    },
  };
}
