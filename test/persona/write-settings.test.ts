import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDocument } from 'yaml';
import { withSetting } from '../../src/persona/write-settings.ts';

const YAML = `# who she is
name: ada
model: starter              # a folder under models/
sampling: { temperature: 0.75, maxTokens: 80 }   # drawn by hand
quality:
  # enough
  candidates: 8
`;

test('a setting changes where it stands, and nothing else does', () => {
  assert.equal(withSetting(YAML, ['model'], 'ada'), YAML.replace('starter', 'ada'));
  assert.equal(withSetting(YAML, ['sampling', 'temperature'], 0.9), YAML.replace('0.75', '0.9'));
});

const added: readonly (readonly [string, string, readonly [string, string], number])[] = [
  ['into a map in braces', YAML, ['sampling', 'topP'], 0.9],
  ['into a map of lines', YAML, ['quality', 'keep'], 3],
  ['where there is no such map', YAML, ['queue', 'ahead'], 2],
  ['after a file without a last line’s end', YAML.trimEnd(), ['queue', 'ahead'], 2],
];

for (const [name, text, place, value] of added) {
  test(`a setting that was not there is added ${name}, and every comment stays`, () => {
    const changed = withSetting(text, place, value);

    const document = parseDocument(changed);
    assert.deepEqual(document.errors, []);
    assert.equal(document.getIn(place), value);
    const before = parseDocument(text).toJS();
    const [section, key] = place;
    assert.deepEqual(document.toJS(), { ...before, [section]: { ...before[section], [key]: value } });
    for (const comment of ['# who she is', '# a folder under models/', '# drawn by hand', '# enough']) {
      assert.ok(changed.includes(comment), comment);
    }
  });
}
