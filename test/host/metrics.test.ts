import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import type { HostFigures } from '../../src/host/host-calls.ts';
import { metricsText, serveMetrics } from '../../src/host/metrics.ts';

const figures: HostFigures = {
  waiting: 2,
  rows: 8,
  models: [{ folder: '/home/models/a"b\\c', bytes: 1000, device: 'webgpu' }],
  cacheBytes: 64,
  tokens: 480,
  steps: 60,
  tokensPerSecond: 231.5,
  requests: { answered: 7, failed: 1, refused: 3 },
  firstToken: { count: 7, seconds: 0.5 },
  restarts: 1,
};

test('every sample has a name, its labels quoted, and a number; every metric its kind', () => {
  const lines = metricsText(figures, 4096).trimEnd().split('\n');

  for (const line of lines) {
    assert.match(
      line,
      /^# (HELP|TYPE) eidolon_[a-z_]+ \S.*$|^eidolon_[a-z_]+(\{([a-z]+="([^"\\]|\\.)*",?)+\})? [\d.]+$/,
    );
  }
  assert.ok(lines.includes('eidolon_model_host_requests_total{outcome="refused"} 3'));
  assert.ok(lines.includes('eidolon_model_host_model_bytes{model="a\\"b\\\\c",device="webgpu"} 1000'));
  assert.ok(lines.includes('eidolon_model_host_first_token_seconds_sum 0.5'));
  assert.ok(lines.includes('# TYPE eidolon_model_host_first_token_seconds summary'));
  assert.ok(lines.includes('eidolon_model_host_resident_bytes 4096'));
});

test('they are served at /metrics alone, on this machine alone', async () => {
  const server = await serveMetrics(0, async () => figures);
  const at = (place: string) => fetch(`http://127.0.0.1:${server.port}${place}`);

  const [metrics, other] = await Promise.all([at('/metrics'), at('/')]);
  const text = await metrics.text();
  await server.close();

  assert.equal(server.address, '127.0.0.1');
  assert.deepEqual([metrics.status, other.status], [200, 404]);
  assert.match(metrics.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  assert.match(text, /eidolon_model_host_rows 8\n/);
  await assert.rejects(at('/metrics'));
});

test('a host that has just stopped is told as that, not as figures', async () => {
  const server = await serveMetrics(0, () => Promise.reject(new Error('stopped')));

  const { status } = await fetch(`http://127.0.0.1:${server.port}/metrics`);

  await server.close();
  assert.equal(status, 503);
});

test('a port that is taken is the operator to choose', async () => {
  const first = await serveMetrics(0, async () => figures);

  await assert.rejects(
    serveMetrics(first.port, async () => figures),
    (error) => error instanceof UserError && error.message.includes(String(first.port)),
  );

  await first.close();
});
