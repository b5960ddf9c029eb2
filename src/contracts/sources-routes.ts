import * as z from 'zod';
import type { Route } from './routes.ts';

const utc = z.iso.datetime();

/** What the server knows of the user's folder of sources: what is in force, and what could not be taken up. */
export const SourcesStatus = z.strictObject({
  /** When the folder was last looked at. */
  checked_at: utc,
  /** Whether a folder is named at all (`sources.folder`). */
  watched: z.boolean(),
  sources: z.array(
    z.strictObject({
      name: z.string(),
      mapping_version: z.int().positive(),
      /** own: it came with the program. folder: it is of the user's folder. */
      from: z.enum(['own', 'folder']),
    }),
  ),
  faults: z.array(
    z.strictObject({
      /** '' when the folder itself is at fault. */
      source: z.string(),
      code: z.string(),
      /** With file, line and column where the mapping is wrong. */
      message: z.string(),
      /** Whether an earlier version of the source is in force meanwhile. */
      in_force: z.boolean(),
    }),
  ),
});
export type SourcesStatus = z.infer<typeof SourcesStatus>;

export const sourcesRoutes = {
  sourcesStatus: {
    method: 'GET',
    path: '/v1/sources/status',
    access: 'operate',
    summary: "The sources in force, and what of the user's folder of sources could not be taken up",
    answer: { kind: 'json', statuses: [200], schema: SourcesStatus },
  },
} as const satisfies Record<string, Route>;
