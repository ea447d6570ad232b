/** What onnxruntime can run models on, here. */
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

/** Those that the runtime of this system knows, the CPU first; whether the hardware is there shows when a model is opened. */
export function availableDevices(): readonly Device[] {
  const known = new Set(ort.listSupportedBackends().map(({ name }) => name));
  return DEVICES.filter((device) => known.has(PROVIDERS[device]));
}

/** @throws UserError where the runtime of this system does not know the device. */
export function providerOf(device: Device): string {
  const available = availableDevices();
  if (available.includes(device)) return PROVIDERS[device];
  throw new UserError(`device: expected one of ${available.join(', ')} on this system, found ${device}`, {
    hint: 'Say device: auto in persona.yaml, which takes the quickest of those that work',
  });
}
