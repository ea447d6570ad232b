/** The log-probability in nats of one token, given all next-token logits: log-softmax at one place. */
export function logProbability(logits: Float32Array, token: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > largest) largest = logit;
  let sum = 0;
  // Subtracting the largest keeps exp() finite.
  for (const logit of logits) sum += Math.exp(logit - largest);
  return logits[token]! - largest - Math.log(sum);
}
