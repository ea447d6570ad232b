/** What onnxruntime can run models on, here. */
import { globSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { UserError } from '../errors.ts';
import { DEVICES, type Device } from '../persona/device.ts';

export interface ExecutionProviders {
  readonly version: string;
  /** In the package, such as cpu and webgpu; that one is there does not say that this machine has the hardware for it. */
  readonly bundled: readonly string[];
  /** Those that onnxruntime's own installer would have to fetch first, such as cuda. */
  readonly fetched: readonly string[];
}

export function executionProviders(): ExecutionProviders {
  const names = (isBundled: boolean) =>
    ort
      .listSupportedBackends()
      .filter(({ bundled }) => bundled === isBundled)
      .map(({ name }) => name);
  return { version: ort.env.versions.node ?? 'unknown', bundled: names(true), fetched: names(false) };
}

/** The runtime's own names. */
const PROVIDERS: Readonly<Record<Device, string>> = {
  cpu: 'cpu',
  webgpu: 'webgpu',
  cuda: 'cuda',
  directml: 'dml',
  coreml: 'coreml',
};

/** Those whose libraries are here, the CPU first; whether the hardware is, shows when a model is opened. */
export function availableDevices(): readonly Device[] {
  const backends = ort.listSupportedBackends();
  return DEVICES.filter((device) =>
    backends.some(({ name, bundled }) => name === PROVIDERS[device] && (bundled || isFetched(name))),
  );
}

/** @throws UserError where the runtime of this system lacks the device. */
export function providerOf(device: Device): string {
  const available = availableDevices();
  if (available.includes(device)) return PROVIDERS[device];
  const canBeFetched = ort.listSupportedBackends().some(({ name }) => name === PROVIDERS[device]);
  throw new UserError(`device: expected one of ${available.join(', ')} on this system, found ${device}`, {
    hint: canBeFetched
      ? `README says how to add ${device}; or say device: auto in persona.yaml`
      : 'Say device: auto in persona.yaml, which takes the quickest of those that work',
  });
}

/** Whether onnxruntime's own installer has put the provider's library beside the others. */
function isFetched(provider: string): boolean {
  const home = path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  const library = `*onnxruntime_providers_${provider}.*`;
  return globSync(`bin/*/${process.platform}/${process.arch}/${library}`, { cwd: home }).length > 0;
}
