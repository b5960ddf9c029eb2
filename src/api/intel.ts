import type { IntelHits, intelRoutes, Principal } from '../contracts/index.ts';
import { actorOf, readScopeOf } from '../guard/index.ts';
import type { RouteHandlers } from '../http/index.ts';
import type { Intel } from '../intel/index.ts';
import type { Audit } from '../journal/index.ts';
import type { TraceContext } from '../observe/index.ts';

export interface IntelDependencies {
  readonly intel: Pick<Intel, 'importDocument' | 'list' | 'remove' | 'search'>;
  readonly audit: Pick<Audit, 'record'>;
  /** Wall clock: what was imported up to now is seen. */
  readonly clock: () => Date;
}

/** Notes and catalogues of the caller's tenant, and the program's own. */
export function intelHandlers({ intel, audit, clock }: IntelDependencies): RouteHandlers<typeof intelRoutes> {
  const scopeOf = (principal: Parameters<typeof readScopeOf>[0]) =>
    readScopeOf(principal, 'ask', clock().getTime());
  return {
    async importIntel({ principal, query, body, signal, log, trace }) {
      const document = await intel.importDocument({ ...query, principal, bytes: body, signal });
      log.info({ document: document.id, passages: document.passages }, 'an intel document was imported');
      const details = { document: document.id, bytes: document.bytes, passages: document.passages };
      await audit.record({ ...done(principal, trace), action: 'intel.imported', details });
      return { body: document, status: 201 };
    },
    async intelDocuments({ principal, query, signal }) {
      const { documents, next } = await intel.list({
        scope: scopeOf(principal),
        after: query.after ?? '',
        signal,
      });
      return { body: { documents: [...documents], next } };
    },
    async removeIntel({ principal, params, log, trace }) {
      const document = await intel.remove({ principal, id: params.id });
      log.info({ document: document.id }, 'an intel document was removed');
      const details = { document: document.id };
      await audit.record({ ...done(principal, trace), action: 'intel.removed', details });
      return { body: document };
    },
    async searchIntel({ principal, query, signal }) {
      const { q: text, limit } = query;
      const { hits, complete } = await intel.search({ scope: scopeOf(principal), text, limit, signal });
      return { body: { hits: hits.map(viewOf), complete } };
    },
  };
}

type Found = Awaited<ReturnType<Intel['search']>>['hits'][number];

const viewOf = (hit: Found): IntelHits['hits'][number] => ({
  ...{ id: hit.id, document_id: hit.document_id, title: hit.title, heading: hit.heading, text: hit.text },
  ...{ source: hit.source, trust: hit.trust, score: hit.score, why: [...hit.why] },
});

/** A line of the audit trail for what a caller did. */
const done = (principal: Principal, { traceId }: TraceContext) =>
  ({ tenant: principal.tenant, by: actorOf(principal), outcome: 'done', trace_id: traceId }) as const;
