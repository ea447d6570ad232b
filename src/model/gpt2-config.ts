/** A GPT-2's shape, by the names that its config.json uses. */
export interface Gpt2Config {
  readonly n_layer: number;
  readonly n_head: number;
  readonly n_embd: number;
  /** Width of the MLP's hidden layer; 4 · n_embd where config.json leaves it null. */
  readonly n_inner: number;
  readonly n_positions: number;
  readonly vocab_size: number;
  readonly layer_norm_epsilon: number;
  /** Whether the logits come from the embedding; where not, from a matrix of their own. */
  readonly tie_word_embeddings: boolean;
}
