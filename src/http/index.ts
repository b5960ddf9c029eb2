/**
 * HTTP: the route kit. Turns declared routes and their handlers into a server, and holds the life of a request: method,
 * identity, scope, limits, validation, handler, the answer's schema, the wire. Knows no route by name and no domain.
 */
export type { RouteHandler, RouteHandlers, RouteRequest } from './handler.ts';
export type { HttpOptions, HttpServer } from './options.ts';
export { createHttpServer } from './server.ts';
