/** The model host's figures for Prometheus, in its text format: https://prometheus.io/docs/instrumenting/exposition_formats/ */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { UserError } from '../errors.ts';
import type { HostFigures } from './host-calls.ts';

export interface MetricsServer {
  /** Of this machine alone. */
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';

/** Answers GET /metrics on this machine alone; port 0 takes one that is free. @throws UserError where the port is taken. */
export function serveMetrics(port: number, figures: () => Promise<HostFigures>): Promise<MetricsServer> {
  const server = createServer(async (request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('Only GET /metrics is here\n');
      return;
    }
    try {
      const text = metricsText(await figures(), process.memoryUsage.rss());
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
    } catch (error) {
      response.writeHead(503, { 'content-type': 'text/plain' }).end(`${error}\n`); // the host has just stopped
    }
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new UserError(`Expected port ${port} of this machine to be free for --metrics, found: ${error.message}`, {
          hint: 'Give another port',
          cause: error,
        }),
      );
    });
    server.listen(port, LOOPBACK, () => {
      const { address, port: taken } = server.address() as AddressInfo; // of a server that listens on a port
      resolve({ address, port: taken, close: () => closed(server) });
    });
  });
}

function closed(server: ReturnType<typeof createServer>): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

/** @param residentBytes of the process. */
export function metricsText(figures: HostFigures, residentBytes: number): string {
  const { models, requests, firstToken } = figures;
  return [
    metric('rows', 'gauge', 'Texts that are being written now', [figures.rows]),
    metric('waiting', 'gauge', 'Requests of which nothing is computed yet', [figures.waiting]),
    metric('tokens_total', 'counter', 'Tokens written', [figures.tokens]),
    metric('steps_total', 'counter', 'Steps that wrote them, one token in each row', [figures.steps]),
    metric('tokens_per_second', 'gauge', 'Of the time in which anything was written', [figures.tokensPerSecond ?? 0]),
    metric(
      'requests_total',
      'counter',
      'Requests by what became of them',
      Object.entries(requests).map(([outcome, count]) => ({ labels: { outcome }, value: count })),
    ),
    metric('first_token_seconds', 'summary', 'From a request to its first token', [
      { suffix: '_sum', value: firstToken.seconds },
      { suffix: '_count', value: firstToken.count },
    ]),
    metric(
      'model_bytes',
      'gauge',
      'Memory counted for each open model',
      models.map(({ folder, bits, bytes, device }) => ({
        labels: { model: path.basename(folder), ...(bits && { bits: String(bits) }), ...(device && { device }) },
        value: bytes,
      })),
    ),
    metric('cache_bytes', 'gauge', 'Memory of keys and values', [figures.cacheBytes]),
    metric('restarts_total', 'counter', 'How often the thread died and was started again', [figures.restarts]),
    metric('resident_bytes', 'gauge', 'Resident memory of the process', [residentBytes]),
  ].join('');
}

interface Sample {
  readonly suffix?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

function metric(name: string, type: string, help: string, samples: readonly (number | Sample)[]): string {
  const full = `eidolon_model_host_${name}`;
  const lines = samples.map((sample) => {
    const { suffix = '', labels = {}, value } = typeof sample === 'number' ? { value: sample } : sample;
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
    return `${full}${suffix}${pairs.length > 0 ? `{${pairs.join()}}` : ''} ${value}\n`;
  });
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('')}`;
}

const escaped = (text: string) => text.replace(/[\\"\n]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`));
