#!/usr/bin/env node
// Kept to what old versions of Node can parse, so that they can say in one line that they are too old.
import { existsSync, readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';

const [major, minor] = process.versions.node.split('.').map(Number);

if (major > 22 || (major === 22 && minor >= 18)) {
  // Before anything is read: a report that Node writes of a crash lists the environment, and secrets may stand in it.
  process.report.excludeEnv = true;
  // Of onnxruntime, which would tell Microsoft of every model that is opened.
  process.env.ORT_DISABLE_TELEMETRY = '1';
  // Threads look for the cache in the environment; without it each of them would strip and compile the sources anew.
  const { directory } = nodeModule.enableCompileCache();
  if (directory) process.env.NODE_COMPILE_CACHE ??= directory;
  // A clone runs its sources; an installed package runs what was built of them, for Node strips no types under node_modules.
  const built = new URL('../dist/src/cli/main.js', import.meta.url);
  const source = new URL('../src/cli/main.ts', import.meta.url);
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  import((existsSync(source) ? source : built).href).then(({ main }) => main(process.argv, version));
} else {
  console.error(
    `Eidolon needs Node 22.18 or newer; this is ${process.versions.node}; in a clone use npx eidolon or npm start`,
  );
  process.exitCode = 1;
}
