import type { CompiledForm, CompiledMapping } from './compiled.ts';
import { readHeader } from './text/delimited.ts';

/** Parts the name of a form from the columns of a header, in the name under which its records go. */
const between = ' ';
/** Headers whose forms are kept; a file or request has one. */
const keptForms = 256;

const made = new WeakMap<CompiledForm, Map<string, CompiledForm>>();

/** The form of this name; of one with a header the form whose columns the name holds. */
export function formNamed({ forms }: CompiledMapping, name: string): CompiledForm | undefined {
  const [first = '', ...columns] = name.split(between);
  const base = forms.find(({ form }) => form.name === first);
  return columns.length === 0 || base === undefined ? base : withColumns(base, name, columns);
}

/** The name under which the records below a header line go; undefined when the line is no header of the form. */
export function nameUnderHeader({ form }: CompiledForm, line: string): string | undefined {
  if (form.decode?.kind !== 'delimited' || form.decode.header.length === 0) return undefined;
  const columns = readHeader(form.decode, line);
  return columns === undefined ? undefined : [form.name, ...columns].join(between);
}

function withColumns(base: CompiledForm, name: string, columns: readonly string[]): CompiledForm | undefined {
  const { decode } = base.form;
  const kept = made.get(base) ?? new Map<string, CompiledForm>();
  made.set(base, kept);
  const known = kept.get(name);
  if (known !== undefined || decode?.kind !== 'delimited') return known;
  const isHeader = readHeader(decode, columns.join(decode.separator)) !== undefined;
  if (!isHeader) return undefined;
  const form = { ...base, form: { ...base.form, name, decode: { ...decode, columns } } };
  if (kept.size >= keptForms) kept.clear();
  kept.set(name, form);
  return form;
}

/** True for a form whose columns are known only under a header. */
export function needsHeader({ form }: CompiledForm): boolean {
  return form.decode?.kind === 'delimited' && form.decode.columns.length === 0;
}
