import { homedir } from 'node:os';
import * as z from 'zod';
import { Config, settingPaths } from '../../../src/contracts/index.ts';
import { code, page, table } from './markdown.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

export function settingsPage(): string {
  const schema = z.toJSONSchema(Config, { io: 'output' });
  const rows = settingPaths().map((path) => rowOf(path, propertyAt(schema, path)));
  return page(
    'Settings',
    'Defaults, then the configuration file (YAML, `--config` or `TYRIAN_CONFIG`), then variables, then options of the command: ' +
      'the later wins. A wrong or unknown name is refused, and one message names all that is wrong.',
    table(['setting', 'variable', 'default', 'may be', 'what it does'], rows),
    'In a file the dots are levels:',
    '```yaml\ndata_folder: /var/lib/tyrian\nhttp:\n  port: 7117\nlog:\n  retention_hours: 48\n```',
    'Four more variables are read outside of the settings: `TYRIAN_CONFIG` (the file), `TYRIAN_URL` and `TYRIAN_KEY` (server and key ' +
      'of commands), `TYRIAN_SHARED` (recordings for tests).',
  );
}

function propertyAt(schema: JsonSchema, path: readonly string[]): JsonSchema {
  return path.reduce<JsonSchema>((inner, key) => (inner.properties?.[key] ?? {}) as JsonSchema, schema);
}

function rowOf(path: readonly string[], schema: JsonSchema): readonly string[] {
  const variable = `TYRIAN_${path.join('_').toUpperCase()}`;
  return [code(path.join('.')), code(variable), defaultOf(schema), rangeOf(schema), schema.description ?? ''];
}

function defaultOf(schema: JsonSchema): string {
  if (schema.default === undefined) return 'none';
  if (schema.default === '') return 'empty';
  return code(String(schema.default).replace(homedir(), '~'));
}

function rangeOf(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => code(String(value))).join(', ');
  const isNumber = schema.type === 'integer' || schema.type === 'number';
  if (!isNumber) return schema.format === 'uri' ? 'an http or https URL' : 'text';
  const kind = schema.type === 'integer' ? 'a whole number' : 'a number';
  const most = schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum;
  return `${kind} from ${schema.minimum}${most === undefined ? '' : ` to ${most}`}`;
}
