import type { Route } from '../contracts/index.ts';

const parameter = /\{([a-z_]+)\}/g;

/** `/v1/ask/{run_id}` → `/v1/ask/:run_id`, as the router writes it. */
export function routerPath(path: string): string {
  return path.replaceAll(parameter, ':$1');
}

/** Methods with which a path is declared: for `Allow`. Empty when nothing is declared there. */
export function allowedMethods(routes: Iterable<Route>, url: string): readonly string[] {
  const segments = (url.split('?', 1)[0] ?? '').split('/');
  const here = [...routes].filter((route) => matches(route.path.split('/'), segments));
  const found = new Set(here.flatMap(methodsOf));
  return found.size === 0 ? [] : [...found, 'OPTIONS'];
}

/** What a route answers to: a GET that isn't a stream answers HEAD as well. */
export function methodsOf(route: Route): readonly string[] {
  return route.method === 'GET' && route.answer.kind !== 'events' ? ['GET', 'HEAD'] : [route.method];
}

function matches(declared: readonly string[], segments: readonly string[]): boolean {
  return (
    declared.length === segments.length &&
    declared.every((part, index) =>
      part.startsWith('{') ? segments[index] !== '' : part === segments[index],
    )
  );
}
