/** Anything that somebody, or a server, may say. */
import fc from 'fast-check';
import type { ThreadPost } from '../../src/publishing/network.ts';

const wild = fc.string({ unit: 'binary', maxLength: 300 });
const NASTY = [
  '<script>alert(1)</script>',
  '\u202eevil\u202c',
  '\u200b',
  '@ada '.repeat(500),
  'stop',
  '('.repeat(2000),
];

/** `at`: sometimes a time that lies a little before it. */
export function wildPost(at: string): fc.Arbitrary<ThreadPost> {
  const author = fc.record({
    id: wild,
    name: wild,
    displayName: wild,
    isBot: fc.boolean(),
    refusesBots: fc.boolean(),
    isBlocked: fc.boolean(),
  });
  return fc.record({
    id: fc.oneof(wild, fc.constantFrom('1', '2', '3')),
    url: wild,
    author,
    isOwn: fc.boolean(),
    text: fc.oneof(wild, fc.lorem({ maxCount: 12 }), fc.constantFrom(...NASTY)),
    at: fc.oneof(fc.constant(at), wild),
    inReplyTo: fc.option(fc.oneof(wild, fc.constantFrom('1', '2', '3'))),
    visibility: fc.constantFrom('public', 'unlisted', 'followers', 'direct'),
    language: fc.option(wild),
  });
}
