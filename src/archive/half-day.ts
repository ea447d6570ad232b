/** AM and PM in the languages that write them. */

const BEFORE_NOON = new Set([
  'am',
  'πμ',
  'üöö',
  'öö',
  'sa',
  'fm',
  'ap',
  'de',
  'ص',
  'قظ',
  '上午',
  '凌晨',
  '清晨',
  '早上',
  '午前',
  '오전',
]);
const AFTER_NOON = new Set([
  'pm',
  'μμ',
  'ös',
  'ch',
  'em',
  'ip',
  'du',
  'م',
  'بظ',
  '下午',
  '中午',
  '晚上',
  '午後',
  '오후',
]);

export function halfOf(mark: string): 'before noon' | 'after noon' | undefined {
  const plain = mark
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[.\s\p{Cf}]/gu, '');
  return BEFORE_NOON.has(plain) ? 'before noon' : AFTER_NOON.has(plain) ? 'after noon' : undefined;
}
