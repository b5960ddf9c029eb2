import type { Routes } from '../contracts/index.ts';
import type { RouteHandler } from '../http/index.ts';
import type { ApiDependencies, ReadinessCheck } from './dependencies.ts';

/** Asks every check at once; one that throws does not hold, and the log says why. */
export function readinessHandler({ checks }: Pick<ApiDependencies, 'checks'>): RouteHandler<Routes['ready']> {
  return async ({ log }) => {
    const asked = checks.map(async (check) => ({
      name: check.name,
      ok: await holds(check, (err) => log.warn({ err, check: check.name }, 'a readiness check failed')),
    }));
    const answers = await Promise.all(asked);
    const ready = answers.every((answer) => answer.ok);
    return { body: { ready, checks: answers }, status: ready ? 200 : 503 };
  };
}

async function holds(check: ReadinessCheck, failed: (error: unknown) => void): Promise<boolean> {
  try {
    return await check.holds();
  } catch (error) {
    failed(error);
    return false;
  }
}
