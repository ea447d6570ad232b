/** What a model can run on. */
export const DEVICES = ['cpu', 'webgpu', 'cuda', 'directml', 'coreml'] as const;
export type Device = (typeof DEVICES)[number];
