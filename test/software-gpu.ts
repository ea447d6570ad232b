/**
 * SwiftShader, a GPU in software, as Debian's chromium brings it. The loader of Vulkan and the driver are found by a process
 * through its environment, so that tests on it run in a process of their own.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Where distributions put chromium. */
const FOLDERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/usr/lib64/chromium-browser'];

/** Why the tests of a file are skipped where it is not installed, and how they are run. */
export function missingGpu(file: string): string {
  const from = path.relative(path.resolve(import.meta.dirname, '..'), file);
  return `skipped: no SwiftShader here. On Debian: apt-get install chromium, then node --test ${from}`;
}

/** The environment of a process that has it; nothing where it is not installed. */
export function softwareGpu(): NodeJS.ProcessEnv | undefined {
  const folder = FOLDERS.find((candidate) => existsSync(path.join(candidate, 'libvk_swiftshader.so')));
  if (folder === undefined || process.platform !== 'linux') return undefined;
  const made = mkdtempSync(path.join(tmpdir(), 'eidolon-vulkan-'));
  const driver = path.join(folder, 'libvk_swiftshader.so');
  const icd = path.join(made, 'icd.json');
  writeFileSync(
    icd,
    JSON.stringify({ file_format_version: '1.0.0', ICD: { library_path: driver, api_version: '1.0.5' } }),
  );
  // Alone in its folder: nothing else of the browser's libraries may be taken for the system's.
  const loader = path.join(folder, 'libvulkan.so.1');
  if (existsSync(loader)) symlinkSync(loader, path.join(made, 'libvulkan.so.1'));
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  return { ...environment, VK_ICD_FILENAMES: icd, LD_LIBRARY_PATH: made };
}

/** Runs a file of tests there. @returns what it printed, where any of them failed. */
export function failuresOnSoftwareGpu(file: string, environment: NodeJS.ProcessEnv): string | undefined {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, ['--test-reporter=spec', file], {
    env: environment,
    encoding: 'utf8',
    timeout: 240_000,
  });
  return status === 0 ? undefined : `${error ?? ''}${stdout}${stderr}`;
}
