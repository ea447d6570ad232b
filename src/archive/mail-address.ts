/** Who wrote a mail, and whether that is the owner. */
import { addressParser } from 'postal-mime';

export interface Sender {
  /** In lower case; '' where there is none. */
  readonly address: string;
  readonly name: string;
}

export function senderOf(from: string): Sender {
  const [first] = addressParser(from.slice(0, 2000), { flatten: true });
  return { address: (first?.address ?? '').trim().toLowerCase(), name: first?.name ?? '' };
}

/** Gmail takes no notice of dots, of what stands after a plus, and of which of its two domains it is. */
function sameAddress(address: string): string {
  const [local = '', domain = ''] = address.trim().toLowerCase().split('@');
  const isGmail = domain === 'gmail.com' || domain === 'googlemail.com';
  return isGmail ? `${local.replace(/\+.*/, '').replaceAll('.', '')}@gmail.com` : `${local}@${domain}`;
}

/** Whether a sender is among `names`: addresses, or names as they stand before an address. */
export function isSenderAmong(names: Iterable<string>): (sender: Sender) => boolean {
  const known = [...names].map((name) => name.trim().toLowerCase());
  const addresses = new Set(known.filter((name) => name.includes('@')).map(sameAddress));
  const people = new Set(known.filter((name) => name !== '' && !name.includes('@')));
  return ({ address, name }) => addresses.has(sameAddress(address)) || people.has(name.trim().toLowerCase());
}
