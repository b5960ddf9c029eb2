import { describe, expect, it } from 'vitest';
import { createEmit, createLog, createMetrics, createTrace } from './index.ts';

describe('metrics', () => {
  it('prints counters, gauges and histograms in Prometheus text format 0.0.4', () => {
    const metrics = createMetrics();
    const requests = metrics.counter({
      name: 'requests_total',
      help: 'Requests.\nAll \\ of them',
      labels: ['route'],
    });
    requests('a"\\\n').add();
    requests('a"\\\n').add(2);
    metrics.gauge({ name: 'in_flight', help: 'Now' })().set(-1.5);
    const seconds = metrics.histogram({
      name: 'seconds',
      help: 'Time',
      labels: ['route'],
      buckets: [0.1, 1],
    });
    for (const value of [0.1, 0.5, 3]) seconds('x').observe(value);
    expect(metrics.expose()).toBe(
      [
        '# HELP requests_total Requests.\\nAll \\\\ of them',
        '# TYPE requests_total counter',
        'requests_total{route="a\\"\\\\\\n"} 3',
        '# HELP in_flight Now',
        '# TYPE in_flight gauge',
        'in_flight -1.5',
        '# HELP seconds Time',
        '# TYPE seconds histogram',
        'seconds_bucket{route="x",le="0.1"} 1',
        'seconds_bucket{route="x",le="1"} 2',
        'seconds_bucket{route="x",le="+Inf"} 3',
        'seconds_sum{route="x"} 3.6',
        'seconds_count{route="x"} 3',
        '# HELP tyrian_metrics_unreadable Metrics whose reader failed in this reading.',
        '# TYPE tyrian_metrics_unreadable gauge',
        'tyrian_metrics_unreadable 0',
        '',
      ].join('\n'),
    );
  });

  it('shows a metric without labels as 0 before anything happened', () => {
    const metrics = createMetrics();
    metrics.counter({ name: 'errors_total', help: 'Errors' });
    expect(metrics.expose()).toContain('\nerrors_total 0\n');
  });

  it('asks observed values only when it is read', () => {
    const metrics = createMetrics();
    let records = 1;
    metrics.observe({ name: 'records_total', help: 'R', type: 'counter', read: () => records });
    metrics.observe({
      name: 'lag',
      help: 'L',
      type: 'gauge',
      labels: ['partition'],
      read: () => [{ labels: ['0'], value: Infinity }],
    });
    records = 9;
    expect(metrics.expose()).toContain('\nrecords_total 9\n');
    expect(metrics.expose()).toContain('\nlag{partition="0"} +Inf\n');
  });

  it('leaves out what can not be read, and says so', () => {
    const metrics = createMetrics();
    metrics.observe({
      name: 'broken',
      help: 'B',
      type: 'gauge',
      read: () => {
        throw new Error('closed');
      },
    });
    metrics.counter({ name: 'fine_total', help: 'F' });
    expect(metrics.expose()).not.toContain('broken');
    expect(metrics.expose()).toContain('fine_total 0');
    expect(metrics.expose()).toContain('tyrian_metrics_unreadable 1');
  });

  it('bounds its series: what is beyond shares `other`', () => {
    const metrics = createMetrics();
    const series = metrics.counter({ name: 'n_total', help: 'N', labels: ['peer'] });
    for (let index = 0; index < 1_200; index += 1) series(`p${index}`).add();
    expect(metrics.expose()).toContain('n_total{peer="other"} 200');
  });

  it('refuses a second registration, wrong names and buckets that fall', () => {
    const metrics = createMetrics();
    metrics.counter({ name: 'a', help: '' });
    expect(() => metrics.gauge({ name: 'a', help: '' })).toThrow(/registered already/);
    expect(() => metrics.gauge({ name: '1a', help: '' })).toThrow(/isn't one/);
    expect(() => metrics.gauge({ name: 'b', help: '', labels: ['__x'] })).toThrow(/isn't one/);
    expect(() => metrics.histogram({ name: 'h', help: '', buckets: [2, 1] })).toThrow(/rise/);
  });
});

describe('internal events', () => {
  it('become a counter by reason and a log line', () => {
    const metrics = createMetrics();
    const lines: string[] = [];
    const trace = createTrace((count) => new Uint8Array(count).fill(1));
    const log = createLog({ level: 'debug', trace, sink: { write: (line) => lines.push(line) } });
    const emit = createEmit({ log, metrics });
    emit({ kind: 'records-refused', source: 'zeek', reason: 'intake.not_json', count: 4 });
    expect(metrics.expose()).toContain(
      'tyrian_records_refused_total{source="zeek",reason="intake.not_json"} 4',
    );
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      event: 'records-refused',
      source: 'zeek',
      reason: 'intake.not_json',
      count: 4,
    });
  });
});
