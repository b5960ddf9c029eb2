import { httpErrors } from './errors.ts';

const retryAfter = { details: { retry_after_seconds: 1 } };

/** A share of a bound that was taken and must be given back; giving back twice is harmless. */
export interface Share {
  release(): void;
}

/** bulk: telemetry that comes in. small: all else. */
export type Lane = 'bulk' | 'small';

/** Of all places, what bulk may take: a flood of telemetry leaves room for questions. */
const bulkShare = 0.75;

/** Bounds how much is worked on at once. */
export interface Admission {
  /** Takes a place for a request; throws `http.busy` when the lane has none left. */
  enter(lane: Lane): Share;
  /** Takes room for bytes of bodies, piece by piece; `take` throws `http.busy` when there is none left. */
  room(): Share & { take(bytes: number): void };
  readonly inFlight: number;
  readonly heldBytes: number;
}

/** Makes the bounds of a server: requests in flight, and bytes of all bodies together. */
export function createAdmission(bounds: {
  readonly maxInFlight: number;
  readonly maxHeldBytes: number;
}): Admission {
  const entered: Record<Lane, number> = { bulk: 0, small: 0 };
  const places: Readonly<Record<Lane, number>> = {
    bulk: Math.max(1, Math.floor(bounds.maxInFlight * bulkShare)),
    small: bounds.maxInFlight,
  };
  const inFlight = () => entered.bulk + entered.small;
  let heldBytes = 0;
  return {
    enter(lane) {
      if (inFlight() >= bounds.maxInFlight || entered[lane] >= places[lane])
        throw httpErrors.make('busy', `${inFlight()} requests are being worked on`, retryAfter);
      entered[lane] += 1;
      return once(() => {
        entered[lane] -= 1;
      });
    },
    room() {
      let taken = 0;
      const share = once(() => {
        heldBytes -= taken;
      });
      return {
        ...share,
        take(bytes) {
          if (heldBytes + bytes > bounds.maxHeldBytes)
            throw httpErrors.make('busy', `Bodies hold ${bounds.maxHeldBytes} bytes already`, retryAfter);
          heldBytes += bytes;
          taken += bytes;
        },
      };
    },
    get inFlight() {
      return inFlight();
    },
    get heldBytes() {
      return heldBytes;
    },
  };
}

function once(giveBack: () => void): Share {
  let given = false;
  return {
    release() {
      if (given) return;
      given = true;
      giveBack();
    },
  };
}
