/**
 * Prometheus' text format, version 0.0.4.
 *
 * Called by `endpoints.ts` with what `metricFamilies()` returns. No Meteor or Redis imports.
 */

import type { MetricFamily, MetricValue } from './metric-families';

export const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/** Returns metrics as text: for each family its help, its type and its values. */
export function prometheusText(families: readonly MetricFamily[]): string {
  return families
    .flatMap(({ name, type, help, values }) => [
      `# HELP ${name} ${help.replace(/[\\\n]/g, escaped)}`,
      `# TYPE ${name} ${type}`,
      ...values.map(valueLine),
      '',
    ])
    .join('\n');
}

function valueLine({ metricName, labels, value }: MetricValue): string {
  const pairs = Object.entries(labels).map(
    ([name, text]) => `${name}="${text.replace(/[\\\n"]/g, escaped)}"`,
  );
  return `${metricName}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`;
}

function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}
