import * as z from 'zod';
import { oneLine } from './clean-text.ts';
import type { Section } from './section.ts';

const text = z.string().default('');

/** An entry of CISA's catalogue of known exploited vulnerabilities (its JSON feed, as of 2025). */
const Entry = z.object({
  cveID: z.string().min(1),
  vendorProject: text,
  product: text,
  vulnerabilityName: text,
  dateAdded: text,
  shortDescription: text,
  requiredAction: text,
  dueDate: text,
  knownRansomwareCampaignUse: text,
  notes: text,
  cwes: z.array(z.string()).default([]),
});

export const KevCatalogue = z.object({
  title: text,
  catalogVersion: text,
  dateReleased: text,
  vulnerabilities: z.array(Entry),
});
export type KevCatalogue = z.infer<typeof KevCatalogue>;

/** One section a vulnerability. */
export function* kevSections({ vulnerabilities }: KevCatalogue): Generator<Section> {
  for (const entry of vulnerabilities) yield sectionOf(entry);
}

const sectionOf = (entry: z.infer<typeof Entry>): Section => ({
  title: oneLine(`${entry.cveID} ${entry.vulnerabilityName}`),
  heading: [],
  text: [
    `${entry.vendorProject} ${entry.product}: ${entry.shortDescription}`,
    `Known to be exploited; added ${entry.dateAdded}, to be mended by ${entry.dueDate}. Use in ransomware campaigns: ${entry.knownRansomwareCampaignUse}.`,
    `Required action: ${entry.requiredAction}`,
    ...(entry.cwes.length > 0 ? [`Weaknesses: ${entry.cwes.join(', ')}`] : []),
    ...(entry.notes === '' ? [] : [`Notes: ${entry.notes}`]),
  ]
    .map(oneLine)
    .join('\n\n'),
  subjects: [entry.cveID.toUpperCase()],
});
