import { hash } from 'node:crypto';
import type { OpenApiDocument, Operation } from './document.ts';

const style =
  'body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1d2330;background:#fff}' +
  'h2{margin-top:2.5rem;border-bottom:1px solid #d5d9e2}details{border:1px solid #d5d9e2;border-radius:6px;margin:.5rem 0;padding:.5rem .8rem}' +
  'summary{cursor:pointer}code,pre{font:13px/1.45 ui-monospace,monospace}pre{background:#f4f6fa;padding:.6rem;overflow:auto}' +
  'b.m{display:inline-block;min-width:4.2rem}a{color:#5b2a86}nav a{margin-right:1rem}' +
  '@media(prefers-color-scheme:dark){body{background:#14161d;color:#e3e6ee}pre{background:#1e222d}details,h2{border-color:#39404f}a{color:#c79bf2}}';

/** Scripts, frames and everything from elsewhere stay forbidden; the page's one style is named by its hash. */
export const pagePolicy = `default-src 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'; frame-ancestors 'none'`;

/** The document as one HTML page that needs no script: a section a part of the API, each operation to be opened. */
export function openApiPage(document: OpenApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags))].sort();
  const links = tags.map((tag) => `<a href="#${text(tag)}">${text(tag)}</a>`).join('');
  const sections = tags.map((tag) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(tag));
    return `<h2 id="${text(tag)}">${text(tag)}</h2>${own.map(operationHtml).join('')}`;
  });
  const shapes = Object.entries(document.components.schemas).map(
    ([name, schema]) =>
      `<details id="shape-${text(name)}"><summary><code>${text(name)}</code></summary>${json(schema)}</details>`,
  );
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<title>${text(document.info.title)} API</title><style>${style}</style></head><body>` +
    `<h1>${text(document.info.title)} ${text(document.info.version)}</h1><p>${text(document.info.description)} ` +
    `The same as <a href="/openapi.json">OpenAPI ${document.openapi}</a>.</p><nav>${links}</nav>` +
    `${sections.join('')}<h2 id="shapes">shapes</h2>${shapes.join('')}</body></html>`
  );
}

function operationHtml({
  path,
  method,
  operation,
}: {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}): string {
  const { parameters, requestBody } = operation;
  return (
    `<details><summary><b class="m">${text(method.toUpperCase())}</b> <code>${text(path)}</code> ${text(operation.summary)}</summary>` +
    `<p>${text(operation.description).replaceAll(/`([^`]*)`/g, '<code>$1</code>')}</p>` +
    (parameters === undefined ? '' : `<h4>Parameters</h4>${json(parameters)}`) +
    (requestBody === undefined ? '' : `<h4>Body</h4>${json(requestBody.content)}`) +
    `<h4>Answers</h4>${json(operation.responses)}</details>`
  );
}

const json = (value: unknown) => `<pre>${linked(text(JSON.stringify(value, undefined, 2)))}</pre>`;

/** References lead to their shape. */
const linked = (html: string) =>
  html.replaceAll(/#\/components\/schemas\/(\w+)/g, '<a href="#shape-$1">$1</a>');

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const text = (value: string) => value.replaceAll(/[&<>"']/g, (sign) => escapes[sign] ?? '');
