import * as z from 'zod';
import { type AttributeType, attributeNames, attributes, type EventAttributes } from './attributes.ts';
import { TenantName } from './principal.ts';

export const TimeQuality = z.enum(['exact', 'zone_assumed', 'year_assumed', 'out_of_range', 'missing']);
export type TimeQuality = z.infer<typeof TimeQuality>;

/** A zone-aware ISO 8601 time that exists, normalised to UTC with up to microseconds. Naive times are refused. */
export const UtcTime = z.iso
  .datetime({ offset: true, error: 'a time needs a date, a time and a zone (Z or an offset)' })
  .transform(toUtc);

const maxUint64 = 2n ** 64n - 1n;

const absentOr = <S extends z.ZodType<string>>(schema: S) => z.union([z.literal(''), schema]);

const valueSchemas = {
  text: z.string(),
  code: z.string(),
  ip: absentOr(z.union([z.ipv4(), z.ipv6()])),
  int: z.bigint().min(0n).max(maxUint64).nullable(),
  list: z.array(z.string()).readonly(),
} satisfies Record<AttributeType, z.ZodType>;

const attributeShape = Object.fromEntries(
  attributeNames.map((name) => [name, valueSchemas[attributes[name].type]]),
);

/** All attributes of one event; unknown keys are refused. */
export const EventAttributesSchema = z
  .strictObject(attributeShape)
  .readonly() as unknown as z.ZodType<EventAttributes>;

/** One event as the program holds it: the envelope, the OCSF attributes and the record it came from. Frozen. */
export const TelemetryEvent = z
  .strictObject({
    event_id: z.uuid({ version: 'v8' }),
    tenant: TenantName,
    time: UtcTime.nullable(),
    time_quality: TimeQuality,
    received_at: UtcTime,
    ingested_at: UtcTime,
    source: z.string().min(1),
    form: z.string(),
    stream: z.string(),
    schema_version: z.int().positive(),
    mapping_version: z.int().positive(),
    id_conflict: z.boolean(),
    attributes: EventAttributesSchema,
    raw: z.string(),
  })
  .readonly();
export type TelemetryEvent = z.infer<typeof TelemetryEvent>;

/** `2024-05-01T14:00:00.123456+02:00` → `2024-05-01T12:00:00.123456Z`; digits below a microsecond are cut. */
function toUtc(text: string): string {
  const instant = new Date(text);
  const fraction = /\.(\d+)/.exec(text)?.[1]?.slice(0, 6) ?? '';
  const seconds = instant.toISOString().slice(0, 19);
  return `${seconds}${fraction === '' ? '' : `.${fraction}`}Z`;
}
