import { type Routes, routes } from '../contracts/index.ts';
import { createHttpServer, type HttpServer, type RouteHandlers } from '../http/index.ts';
import { askHandlers } from './ask.ts';
import { deadLettersHandler } from './dead-letters.ts';
import type { ApiDependencies } from './dependencies.ts';
import { eventHandler } from './event.ts';
import { keyHandlers } from './keys.ts';
import { ledgerHandler } from './ledger.ts';
import { readinessHandler } from './readiness.ts';

/** Makes the server of all declared routes. It opens nothing: what it serves from are arguments. */
export function createApi(dependencies: ApiDependencies): HttpServer {
  return createHttpServer(dependencies.http, routes, createHandlers(dependencies));
}

function createHandlers(dependencies: ApiDependencies): RouteHandlers<Routes> {
  const { http, catalogue, receive } = dependencies;
  return {
    live: async () => ({ body: { status: 'live' } }),
    ready: readinessHandler(dependencies),
    metrics: async () => ({ text: http.metrics.expose() }),
    sendTelemetry: receive,
    ...askHandlers(dependencies),
    ledger: ledgerHandler(dependencies),
    deadLetters: deadLettersHandler(dependencies),
    sources: async () => ({
      body: { sources: catalogue.sources.map((name) => sourceView(catalogue, name)) },
    }),
    event: eventHandler(dependencies),
    ...keyHandlers(dependencies),
  };
}

function sourceView(catalogue: ApiDependencies['catalogue'], name: string) {
  const forms = catalogue.formsOf(name);
  return { name, mapping_version: forms[0]?.mappingVersion ?? 1, forms: forms.map((form) => form.form) };
}
