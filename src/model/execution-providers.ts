/** What onnxruntime can run models on, here. */
import * as ort from 'onnxruntime-node';

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
