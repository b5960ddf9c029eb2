import * as z from 'zod';
import * as contracts from '../contracts/index.ts';
import { openApiDocument, openApiPage, pagePolicy, type RouteHandlers } from '../http/index.ts';
import { ownVersion } from './version.ts';

/** The named shapes of the contracts stand once in the document. */
const shapes = Object.fromEntries(
  Object.entries<unknown>(contracts).filter(
    (entry): entry is [string, z.ZodType] => entry[1] instanceof z.ZodType,
  ),
);

/** Describes the API from the declarations that it is made of; written once, at the first request. */
export function openApiHandlers(): RouteHandlers<Pick<contracts.Routes, 'openApi' | 'apiPage'>> {
  let made: ReturnType<typeof openApiDocument> | undefined;
  const document = () => {
    made ??= openApiDocument({ routes: contracts.routes, shapes, version: ownVersion() });
    return made;
  };
  return {
    openApi: async () => ({ body: document() as unknown as Record<string, z.core.util.JSONType> }),
    apiPage: async () => ({ text: openApiPage(document()), contentSecurityPolicy: pagePolicy }),
  };
}
