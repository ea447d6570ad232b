/** Running sessions without leaving their outputs to the garbage collector, which would let hundreds of megabytes wait. */
import type * as ort from 'onnxruntime-node';

/** Gives a tensor's memory back now; what is allocated next finds it warm. */
export function freeTensor(tensor: ort.Tensor): void {
  const { buffer } = tensor.data as Float32Array<ArrayBuffer>;
  buffer.transfer(0);
}
