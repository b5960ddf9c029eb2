/** A tenant counts as active so long after it last asked for something: a second longer than a refused one waits. */
const activeMilliseconds = 2_000;

export interface FairShareBounds {
  /** What there is, of places or bytes. */
  readonly total: number;
  /** What telemetry may take of it. */
  readonly bulk: number;
  /** What a tenant may always take, however many are active. */
  readonly least: number;
  /** Milliseconds, rising. */
  readonly now: () => number;
}

interface Held {
  amount: number;
  seenAt: number;
}

/**
 * Divides a bound among tenants. Telemetry takes at most `bulk` of it; while several tenants send, each holds at most an equal part
 * of that (max-min: what nobody else asks for is anyone's). A tenant that comes while another one, from when it was alone, still holds
 * more than its part may take half of what is kept free of telemetry, so that it need not wait for the other.
 */
export class FairShare {
  readonly #bounds: FairShareBounds;
  /** Half of what is kept free stays free of telemetry in any case. */
  readonly #late: number;
  readonly #tenants = new Map<string, Held>();
  #active = 1;
  #small = 0;
  #bulk = 0;

  constructor(bounds: FairShareBounds) {
    this.#bounds = bounds;
    this.#late = bounds.bulk + Math.floor((bounds.total - bounds.bulk) / 2);
  }

  get held(): number {
    return this.#small + this.#bulk;
  }

  /** Notes that the tenant sends telemetry. */
  seen(tenant: string): void {
    const now = this.#bounds.now();
    const known = this.#tenants.get(tenant);
    if (known === undefined) this.#tenants.set(tenant, { amount: 0, seenAt: now });
    else known.seenAt = now;
    for (const [name, { amount, seenAt }] of this.#tenants)
      if (amount === 0 && now - seenAt > activeMilliseconds) this.#tenants.delete(name);
    this.#active = Math.max(1, this.#tenants.size);
  }

  /** Takes for telemetry of a tenant; false when that would be more than its part or more than there is. */
  takeBulk(tenant: string, amount: number): boolean {
    const { total, bulk, least } = this.#bounds;
    const held = this.#tenants.get(tenant)?.amount ?? 0;
    const share = Math.max(least, Math.ceil(bulk / this.#active));
    const room = this.#active > 1 ? this.#late : bulk;
    if (held + amount > share || this.#bulk + amount > room || this.held + amount > total) return false;
    this.#add(tenant, amount);
    return true;
  }

  /** Takes for anything else; false when that would be more than there is. */
  takeSmall(amount: number): boolean {
    if (this.held + amount > this.#bounds.total) return false;
    this.#small += amount;
    return true;
  }

  giveBulk(tenant: string, amount: number): void {
    this.#add(tenant, -amount);
  }

  giveSmall(amount: number): void {
    this.#small -= amount;
  }

  #add(tenant: string, amount: number): void {
    const held = this.#tenants.get(tenant) ?? { amount: 0, seenAt: this.#bounds.now() };
    held.amount += amount;
    this.#bulk += amount;
    this.#tenants.set(tenant, held);
  }
}
