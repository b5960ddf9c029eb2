/**
 * System: chooses and opens the engines, starts and stops everything in order, and composes what a command or the server
 * works with. The only room that opens engines.
 */
export { type Engine, openEngine } from './open.ts';
export { openLocalKeys, type Server, startServer } from './serve.ts';
export { openTyrian, type Tyrian } from './tyrian.ts';
