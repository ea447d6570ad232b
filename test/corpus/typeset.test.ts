import assert from 'node:assert/strict';
import { test } from 'node:test';
import { typeset } from '../../src/corpus/typeset.ts';

const cases: readonly [story: string, typed: string, set: string][] = [
  [
    'wrapped prose becomes a paragraph',
    'ABATIS, n.  Rubbish in front of a fort, to prevent the rubbish outside\nfrom molesting the rubbish inside.\n',
    'ABATIS, n. Rubbish in front of a fort, to prevent the rubbish outside from molesting the rubbish inside.',
  ],
  [
    'an indented line begins a paragraph',
    'EXILE, n.  One who is not\nan ambassador.\n    A captain being asked\nreplied.',
    'EXILE, n. One who is not an ambassador.\n\nA captain being asked replied.',
  ],
  [
    'verse keeps its lines and has its poet beneath it',
    'ABSCOND, v.i.  To move.\n\n    Spring beckons!  All things respond;\n        The trees are leaving --\n\n    And cashiers.\n                                            G.J.\n',
    'ABSCOND, v.i. To move.\n\nSpring beckons! All things respond;\nThe trees are leaving—\n\nAnd cashiers.\n—G. J.',
  ],
  [
    'quoted prose is unwrapped, by its first lines or by its hanging ones',
    'X, n.\n\n        When in the course of\n    human events.\n        Second.\n\n    AGENT:  My dear sir, pray\n        let me.\n    OWNER:  With pleasure, if\n        you will.',
    'X, n.\n\nWhen in the course of human events.\n\nSecond.\n\nAGENT: My dear sir, pray let me.\n\nOWNER: With pleasure, if you will.',
  ],
  [
    'dashes become one character, and quotes stay as they were typed',
    `"'Twas he," said she -- "you said 'Hell' -- don't deny it."`,
    `"'Twas he," said she—"you said 'Hell'—don't deny it."`,
  ],
  ['a hyphen at a line end stays', 'a cannon-\nshot and -- a\nfall', 'a cannon-shot and—a fall'],
  [
    'marks of the transcriber go',
    'ACADEMY,n.  [from {ACADEME}]  A _modern_ straiter [sic] school.',
    'ACADEMY, n. [from ACADEME] A modern straiter school.',
  ],
  ['nothing stays nothing', ' \n\n', ''],
];

for (const [story, typed, set] of cases) {
  test(story, () => assert.equal(typeset(typed), set));
}
