/** Prometheus' text format. */

import { Tinytest } from 'meteor/tinytest';
import { prometheusText } from '../../../src/observability/prometheus-text';

Tinytest.add('prometheus text - each family has its help, its type and its values', (test) => {
  const value = (labels: Record<string, string>) => ({ metricName: 'a_total', labels, value: 1.5 });
  const families = [
    {
      name: 'a_total',
      type: 'counter' as const,
      help: 'A',
      values: [value({}), value({ reason: 'b', le: '1' })],
    },
    { name: 'c', type: 'gauge' as const, help: 'C', values: [] },
  ];
  const lines = [
    '# HELP a_total A',
    '# TYPE a_total counter',
    'a_total 1.5',
    'a_total{reason="b",le="1"} 1.5',
  ];
  test.equal(prometheusText(families), [...lines, '', '# HELP c C', '# TYPE c gauge', ''].join('\n'));
});

Tinytest.add('prometheus text - what would end a line or a value is escaped', (test) => {
  const values = [{ metricName: 'a', labels: { b: 'x"\\\ny' }, value: 0 }];
  const text = prometheusText([{ name: 'a', type: 'gauge', help: 'h"\\\ni', values }]);
  test.equal(text, '# HELP a h"\\\\\\ni\n# TYPE a gauge\na{b="x\\"\\\\\\ny"} 0\n');
});
