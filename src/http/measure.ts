import type { Metrics } from '../observe/index.ts';
import type { Admission } from './admission.ts';

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What is counted of each exchange. */
export interface HttpMeasures {
  answered(exchange: { readonly route: string; readonly status: string; readonly seconds: number }): void;
  bodyRead(route: string, bytes: number): void;
  connectionDropped(): void;
}

/** Registers the metrics of a server. */
export function measureHttp(metrics: Metrics, admission: Admission): HttpMeasures {
  const requests = metrics.counter({
    name: 'tyrian_http_requests_total',
    help: 'Requests answered, by route and status; status gone: the client left before the answer.',
    labels: ['route', 'status'],
  });
  const duration = metrics.histogram({
    name: 'tyrian_http_request_seconds',
    help: 'From the request line to the last byte of the answer.',
    labels: ['route'],
    buckets: seconds,
  });
  const bytes = metrics.counter({
    name: 'tyrian_http_body_bytes_total',
    help: 'Decoded bytes of request bodies.',
    labels: ['route'],
  });
  const dropped = metrics.counter({
    name: 'tyrian_http_connections_dropped_total',
    help: 'Connections that were closed unread, because there were too many.',
  })();
  metrics.observe({
    name: 'tyrian_http_in_flight',
    help: 'Requests that are being worked on.',
    type: 'gauge',
    read: () => admission.inFlight,
  });
  metrics.observe({
    name: 'tyrian_http_held_body_bytes',
    help: 'Decoded bytes of bodies that are held in memory.',
    type: 'gauge',
    read: () => admission.heldBytes,
  });
  return {
    answered({ route, status, seconds: taken }) {
      requests(route, status).add();
      duration(route).observe(taken);
    },
    bodyRead: (route, count) => bytes(route).add(count),
    connectionDropped: () => dropped.add(),
  };
}
