/**
 * System: chooses and opens the engines, starts and stops everything in order, and composes what a command or the server
 * works with. The only room that opens engines.
 */
export { makeBackup } from './backup/make.ts';
export { type Restored, restoreBackup } from './backup/restore.ts';
export { holderOf } from './data-folder.ts';
export { examine, type Finding } from './doctor.ts';
export { type Engine, openEngine } from './open.ts';
export { type Rebuilt, rebuildState } from './rebuild-state.ts';
export { type Server, startServer } from './serve.ts';
export { openTyrian, type Tyrian } from './tyrian.ts';
