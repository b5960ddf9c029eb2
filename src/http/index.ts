/**
 * HTTP: the route kit. Turns declared routes and their handlers into a server, and holds the life of a request: method,
 * identity, scope, limits, validation, handler, the answer's schema, the wire. Knows no route by name and no domain.
 */
export type { RouteHandler, RouteHandlers, RouteRequest } from './handler.ts';
export { openApiDocument } from './openapi/document.ts';
export { openApiPage, pagePolicy } from './openapi/page.ts';
export type { HttpOptions, HttpServer, Refused } from './options.ts';
export { createHttpServer } from './server.ts';
