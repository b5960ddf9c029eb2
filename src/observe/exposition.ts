/** One printed line. */
export interface Sample {
  readonly name: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly value: number;
}

/** A metric with its samples, read when it is printed. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: () => Iterable<Sample>;
}

/**
 * Prints families in Prometheus text format 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
 * A family whose reader throws is left out and counted in `tyrian_metrics_unreadable`: one broken reader doesn't
 * blind the operator to the rest.
 */
export function exposition(families: Iterable<Family>): string {
  const lines: string[] = [];
  let unreadable = 0;
  for (const family of families) {
    try {
      lines.push(...familyLines(family));
    } catch {
      unreadable += 1;
    }
  }
  lines.push(
    ...familyLines({
      name: 'tyrian_metrics_unreadable',
      help: 'Metrics whose reader failed in this reading.',
      type: 'gauge',
      samples: () => [{ name: 'tyrian_metrics_unreadable', labels: [], value: unreadable }],
    }),
  );
  return `${lines.join('\n')}\n`;
}

function familyLines(family: Family): string[] {
  const samples = Array.from(family.samples(), sampleLine);
  return [
    `# HELP ${family.name} ${family.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
    `# TYPE ${family.name} ${family.type}`,
    ...samples,
  ];
}

function sampleLine({ name, labels, value }: Sample): string {
  const inner = labels.map(([label, text]) => `${label}="${escapeLabel(text)}"`).join(',');
  return `${name}${inner === '' ? '' : `{${inner}}`} ${numberText(value)}`;
}

const escapeLabel = (text: string) =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

function numberText(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return String(value);
}
