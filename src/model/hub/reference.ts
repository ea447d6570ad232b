/** How an owner names a model on a hub: `gpt2`, `owner/name`, `owner/name@revision`. */
import { UserError } from '../../errors.ts';

export interface HubReference {
  /** `owner/name` */
  readonly repository: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
}

/** OpenAI's own sizes and their distillation, by the names that everyone calls them. */
const KNOWN: Readonly<Record<string, string>> = {
  gpt2: 'openai-community/gpt2',
  'gpt2-medium': 'openai-community/gpt2-medium',
  'gpt2-large': 'openai-community/gpt2-large',
  'gpt2-xl': 'openai-community/gpt2-xl',
  distilgpt2: 'distilbert/distilgpt2',
};
const PART = '[A-Za-z0-9_][A-Za-z0-9._-]{0,95}';
const REFERENCE = new RegExp(`^(?<repository>${PART}(?:/${PART})?)(?:@(?<revision>[A-Za-z0-9][A-Za-z0-9._/-]*))?$`);

export function parseReference(text: string): HubReference {
  const { repository = '', revision = 'main' } = REFERENCE.exec(text)?.groups ?? {};
  const known = Object.hasOwn(KNOWN, repository) ? KNOWN[repository] : repository;
  if (known?.includes('/') && !text.includes('..')) return { repository: known, revision };
  throw new UserError(`Expected owner/name or owner/name@revision of a model on the hub, found "${text}"`, {
    hint: `Without an owner: ${Object.keys(KNOWN).join(', ')}`,
  });
}
