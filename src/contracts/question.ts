import * as z from 'zod';

/** The longest question that is taken, in UTF-16 code units. */
export const maxQuestionLength = 2_000;

/** What a person or an agent asks. The tenant is not in it: it comes from the credential. */
export const Question = z.strictObject({
  text: z.string().trim().min(1).max(maxQuestionLength),
  /** Window as the asker states it beside the text: `24h`, `7d`, `90m`, or an ISO time; wins over the text. */
  since: z.exactOptional(z.string().max(40)),
  until: z.exactOptional(z.string().max(40)),
});
export type Question = z.infer<typeof Question>;
