/**
 * API: the handlers behind the declared routes, and the server made of both. Maps between domain and wire shapes and
 * does nothing else: what a route serves from is an argument.
 */
export { createApi } from './api.ts';
export type { ApiDependencies, ReadinessCheck } from './dependencies.ts';
export { ownVersion } from './version.ts';
