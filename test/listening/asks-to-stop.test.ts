import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asksToStop } from '../../src/listening/asks-to-stop.ts';

for (const text of [
  'stop',
  'Stop!',
  '@ada@example.social STOP',
  '@ada please stop replying to me.',
  "don't reply to me again",
  'Do not answer me, please',
  'unsubscribe',
  '@ada unsubscribe me from this',
  'Please remove me',
  'opt out',
  'opt-out please',
  's\u200bt\u2060op',
  '\u202eｓｔｏｐ',
  'Leave me alone!!!',
  'Stopp bitte',
  'arrêtez',
  'No bots please',
  'you can stop now',
]) {
  test(`"${text}" asks not to be answered`, () => assert.ok(asksToStop(text)));
}

for (const text of [
  '',
  '@ada',
  "Don't stop!",
  'I cannot stop laughing',
  'Where does the bus stop?',
  'Never stop never stopping',
  'stop motion films are the best kind of film',
  'How do I unsubscribe from newsletters?',
  'Full stop or comma?',
  'She told me to stop, and I did not, and so we went on and on until the morning came',
]) {
  test(`"${text}" does not`, () => assert.ok(!asksToStop(text)));
}
