/** What a model can run on, and how a persona says so. */
export const DEVICES = ['cpu', 'webgpu', 'cuda', 'directml', 'coreml'] as const;
export type Device = (typeof DEVICES)[number];

/** auto: the quickest of those that compute what the CPU computes. */
export const DEVICE_SETTINGS = ['auto', ...DEVICES] as const;
export type DeviceSetting = (typeof DEVICE_SETTINGS)[number];
