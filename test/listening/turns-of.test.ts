import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dialogueBefore } from '../../src/corpus/dialogue.ts';
import { turnsOf } from '../../src/listening/turns-of.ts';
import { settingsSchema } from '../../src/persona/settings.ts';
import { ownPost, post } from './said.ts';

const settings = settingsSchema.parse({ name: 'ada', model: 'toy' });

test('a thread is read with its speakers marked, without names, links and what nobody sees', () => {
  const thread = [
    post('1', '@ada@example.social What is hope? https://spam.example/x'),
    ownPost('2', '@bob A debt.'),
    post('3', '@ada Wh\u200by so\u202e bleak?'),
  ];

  assert.equal(dialogueBefore(turnsOf(thread, settings)), '> What is hope?\n\nA debt.\n\n> Why so bleak?\n\n');
});

test('addresses and numbers of people are not read', () => {
  const [turn] = turnsOf([post('1', 'Write to bob.miller@example.com about it')], settings);

  assert.ok(!turn!.text.includes('example.com'));
});

test('of a huge thread the newest turns are read, as many as were in training', () => {
  const thread = Array.from({ length: 1000 }, (_, index) => post(String(index), `Turn number ${index} is here.`));

  assert.deepEqual(
    turnsOf(thread, settings).map(({ text }) => text),
    [996, 997, 998, 999].map((index) => `Turn number ${index} is here.`),
  );
});

test('where nothing is left of what is to be answered, there is nothing to read', () => {
  assert.deepEqual(turnsOf([post('1', 'Look at this.'), post('2', '@ada https://pictures.example/1')], settings), []);
  assert.deepEqual(turnsOf([post('1', 'Hello?'), ownPost('2', 'Yes?')], settings), []);
  assert.deepEqual(turnsOf([], settings), []);
});
