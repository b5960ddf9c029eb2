import { type Routes, routes } from '../contracts/index.ts';
import { createHttpServer, type HttpServer, type RouteHandlers } from '../http/index.ts';
import { alertHandlers } from './alerts.ts';
import { askHandlers } from './ask.ts';
import { auditHandlers } from './audit.ts';
import { caseHandlers } from './cases.ts';
import { deadLettersHandler } from './dead-letters.ts';
import type { ApiDependencies } from './dependencies.ts';
import { eventHandler } from './event.ts';
import { exceptionHandlers } from './exceptions.ts';
import { fleetHandlers } from './fleet.ts';
import { huntHandlers } from './hunts.ts';
import { importHandlers } from './imports.ts';
import { intelHandlers } from './intel.ts';
import { jobHandlers } from './jobs.ts';
import { keyHandlers } from './keys.ts';
import { ledgerHandler } from './ledger.ts';
import { noticeHandlers } from './notices.ts';
import { openApiHandlers } from './open-api.ts';
import { operationsHandlers } from './operations.ts';
import { peopleHandlers } from './people.ts';
import { readinessHandler } from './readiness.ts';
import { retentionHandlers } from './retention.ts';
import { ruleHandlers } from './rules.ts';
import { scanHandlers } from './scan.ts';
import { sourcesHandlers } from './sources.ts';

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
    ...peopleHandlers(dependencies),
    ...auditHandlers(dependencies),
    ...alertHandlers(dependencies),
    ...exceptionHandlers(dependencies),
    ...caseHandlers(dependencies),
    ...ruleHandlers(dependencies),
    ...huntHandlers(dependencies),
    ...noticeHandlers(dependencies),
    ...scanHandlers(dependencies),
    ...fleetHandlers(dependencies),
    ...jobHandlers(dependencies),
    ...sourcesHandlers(dependencies),
    ...operationsHandlers(dependencies),
    ...intelHandlers(dependencies),
    ...importHandlers(dependencies),
    ...retentionHandlers(dependencies),
    ...openApiHandlers(),
  };
}

function sourceView(catalogue: ApiDependencies['catalogue'], name: string) {
  const forms = catalogue.formsOf(name);
  return { name, mapping_version: forms[0]?.mappingVersion ?? 1, forms: forms.map((form) => form.form) };
}
