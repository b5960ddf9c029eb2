/**
 * Versions of what is written to disk. A reader refuses what a newer program wrote; an older row stays readable.
 */
export const rowVersion = 1;
export const contractVersion = 1;
export const logFrameVersion = 1;
/** 2: alerts, keys and settings stand in a journal (`topics`) and in tables (`state`). */
export const dataFolderVersion = 2;
