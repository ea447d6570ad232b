/** A home of its own for a measurement: the starter model, and the example persona as often as asked for. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '..');

export interface ExampleHome extends Disposable {
  readonly folder: string;
}

export function exampleHome(personas: readonly string[] = ['ambrose']): ExampleHome {
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-bench-'));
  mkdirSync(path.join(folder, 'personas'));
  symlinkSync(path.join(ROOT, 'models'), path.join(folder, 'models'));
  for (const name of personas) {
    const copy = path.join(folder, 'personas', name);
    cpSync(path.join(ROOT, 'personas', 'ambrose'), copy, { recursive: true });
    const settings = path.join(copy, 'persona.yaml');
    writeFileSync(settings, readFileSync(settings, 'utf8').replace(/^name: .*$/m, `name: ${name}`));
  }
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function row(...cells: readonly (string | number)[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}
